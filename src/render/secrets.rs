//! `sealed-secrets/README.md`: what must be sealed before the platform can start. Never a value.

use std::fmt::Write as _;

use crate::eval::model::{Instance, SecretRequest};
use crate::render::cite::Citations;
use crate::render::markdown::{code, table};
use crate::render::{FileSet, MARKDOWN_HEADER};
use crate::{View, render};

/// Writes the page, if any view asks for a secret.
pub(crate) fn render(views: &[View], citations: Citations<'_>, files: &mut FileSet) {
    let views: Vec<_> = render::environments(views).filter(|view| !view.model.secrets.is_empty()).collect();
    if views.is_empty() {
        return;
    }
    let mut text = format!("{MARKDOWN_HEADER}# Secrets\n\n{INTRODUCTION}");
    let mut written: Vec<(&str, Vec<Vec<String>>)> = Vec::new();
    for view in &views {
        let name = crate::render::environment_name(view);
        // Writing into a String cannot fail.
        let _ = write!(text, "\n## {name}\n\n");
        let rows: Vec<_> = view.model.secrets.iter().flat_map(|secret| rows(view, secret, citations)).collect();
        match written.iter().find(|(_, other)| *other == rows) {
            Some((other, _)) => {
                let _ = writeln!(text, "The same Secrets as in {other}, with values of their own.");
            }
            None => text.push_str(&table(&["Namespace", "Secret", "Key", "Value", "Asked for at"], &rows)),
        }
        written.push((name, rows));
    }
    let (name, namespace) = controller(views[0]);
    let mut others = String::new();
    for view in views.iter().filter(|view| controller(view) != (name, namespace)) {
        let (name, namespace) = controller(view);
        let environment = render::environment_name(view);
        let _ = write!(others, " In {environment} it is `{name}` in `{namespace}`.");
    }
    let first = render::environment_name(views[0]);
    let page = format!("{RECIPE}{ROTATION}").replace("ENVIRONMENT_1", first);
    let page = page.replace("OTHERS", &others);
    text.push_str(&page.replace("CONTROLLER_NAMESPACE", namespace).replace("CONTROLLER_NAME", name));
    files.insert("sealed-secrets/README.md", text);
}

/// Name and namespace of the controller that opens sealed secrets, where the platform brings it.
pub(crate) fn sealing_controller(view: &View) -> Option<(&str, &str)> {
    let sealing =
        |instance: &&Instance| !instance.external && instance.kinds.iter().any(|kind| kind == "sealed-secrets");
    let instance = view.model.instances.iter().find(sealing)?;
    Some((&instance.emitted_name, instance.namespace.as_deref()?))
}

/// A platform that brings no controller of its own uses the one that its release installs.
fn controller(view: &View) -> (&str, &str) {
    sealing_controller(view).unwrap_or(("sealed-secrets-controller", "kube-system"))
}

fn rows(view: &View, secret: &SecretRequest, citations: Citations<'_>) -> Vec<Vec<String>> {
    let namespace = secret.namespace.as_deref().unwrap_or("default");
    let row = |key: &crate::eval::model::SecretKey| {
        let place = citations.cite_author(&[key.span, secret.span, view.model.instance(secret.instance).span]);
        vec![code(namespace), code(&secret.name), code(&key.name), code(&key.template), place]
    };
    secret.keys.iter().map(row).collect()
}

const INTRODUCTION: &str = "\
The manifests refer to these Secret objects and do not contain them. Each must exist before the pods that read it can
start. A symbol in angle brackets, such as `<db/password>`, stands for a value that you choose once; wherever the same
symbol appears, the same value belongs. The compiler knows no values, and none may be committed in plain text.

The table is the whole list: a Secret with the name, namespace and keys that it gives, sealed with
[Sealed Secrets](https://github.com/bitnami-labs/sealed-secrets) or stored in whatever your cluster reads secrets from.
";

const RECIPE: &str = "
## Sealing one

The sealing controller, `CONTROLLER_NAME` in the namespace `CONTROLLER_NAMESPACE`, must run in the cluster.OTHERS Type the
values into files in memory, one file for each key, and seal them; only the sealed file reaches the disk and the repository.

```sh
environment=ENVIRONMENT_1 namespace=NAMESPACE secret=SECRET
values=$(mktemp --directory --tmpdir=/dev/shm)
printf '%s' 'the value' > \"$values/KEY\"          # once for each key, without a newline at the end
mkdir -p sealed-secrets/$environment
kubectl create secret generic \"$secret\" --namespace \"$namespace\" --from-file=\"$values\" --dry-run=client --output yaml \\
  | kubeseal --format yaml --controller-name CONTROLLER_NAME --controller-namespace CONTROLLER_NAMESPACE \\
  > sealed-secrets/$environment/$namespace-$secret.yaml
rm -r \"$values\"
```

A sealed file is bound to its name and namespace, and can be opened only by the cluster that it was sealed for. Files in
`sealed-secrets/ENVIRONMENT/` are yours: the compiler neither reads nor removes them. Apply them after the namespaces
exist:

```sh
kubectl apply --filename sealed-secrets/ENVIRONMENT_1/
```
";

const ROTATION: &str = "
## The sealing key

Whoever has the controller's private key can read every sealed secret; if it is lost, all of them must be sealed again.

- **Backup.** After installation and after every rotation, export the keys and store them encrypted, outside the cluster
  and outside this repository, in two places:

  ```sh
  kubectl get secret --namespace CONTROLLER_NAMESPACE --selector sealedsecrets.bitnami.com/sealed-secrets-key --output yaml \\
    | age --recipient RECIPIENT > sealing-keys.age
  ```

- **Restore.** In the new cluster, before the first sealed secret is applied: `age --decrypt sealing-keys.age | kubectl
  apply --filename -`, then restart the controller. Try it once before you need it.
- **Rotation every 90 days.** The controller makes a new key by itself when it runs with `--key-renew-period=2160h`; old
  keys stay, so nothing stops working. Make a new backup, then seal again with `kubeseal --re-encrypt` and commit.
- **Rotation of the values** is another matter: a value that leaked must be changed where it is used, and sealed again. A new
  sealing key does not help.
";
