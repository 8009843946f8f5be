//! `prove --manifests`: YAML that no source describes.

use std::path::Path;

use vaubanc::cli::world::FileWorld;
use vaubanc::data::yaml;
use vaubanc::diag::Severity;
use vaubanc::fit::evidence::Layer;
use vaubanc::fit::{Evidence, Names, Verdict, words};
use vaubanc::query::manifests::{Foreign, Manifest, prove, read};
use vaubanc::render::kustomize::Kustomize;
use vaubanc::render::render;
use vaubanc::source::SourceMap;
use vaubanc::world::MemoryWorld;
use vaubanc::{Options, compile, hardware};

use super::{directory, example, path, vaubanc};

const LAB: &str = "hardware lab { node box { cpu = 8, memory = 16GB, count = 3 } }\n";

const API: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: api }\nspec:\n  replicas: 3\n  \
    selector: { matchLabels: { app: api } }\n  template:\n    metadata: { labels: { app: api } }\n    \
    spec: { containers: [ { name: main, image: x, resources: { requests: { cpu: 500m, memory: 1Gi } } } ] }\n";

const KAFKA: &str = "apiVersion: kafka.strimzi.io/v1\nkind: Kafka\nmetadata: { name: events, namespace: shop }\n";

fn proved(text: &str) -> Foreign {
    let mut sources = SourceMap::default();
    let world = MemoryWorld::new().with("lab.vauban", LAB);
    let (lab, found) = hardware(&world, &Options::default(), None, &mut sources);
    assert!(found.is_empty(), "{found:?}");
    let files = vec![Manifest { name: "all.yaml".into(), text: text.into() }];
    let (objects, found) = read(files, &mut sources);
    assert!(!found.has_errors(), "{found:?}");
    prove(objects, lab.expect("the hardware is right"))
}

/// `line: message` of everything that is wrong.
fn faults(text: &str) -> Vec<String> {
    let mut sources = SourceMap::default();
    let files = vec![Manifest { name: "all.yaml".into(), text: text.into() }];
    let (_, mut found) = read(files, &mut sources);
    found.sort(&sources);
    let line = |span| sources.start(span).map_or(0, |place| place.line);
    found.iter().map(|one| format!("{}: {}", line(one.primary.span), one.message)).collect()
}

fn cpu_at_peak(foreign: &Foreign) -> i128 {
    let proof = foreign.view.proof.as_ref().expect("it was proved");
    let peak = proof.states.iter().find(|state| state.state.key() == "S1").expect("every state is there");
    let Some(Evidence::Layers(layers)) = &peak.evidence else { panic!("{peak:?}") };
    let [Layer::Charge(charge)] = layers.layers.as_slice() else { panic!("{layers:?}") };
    charge.sums.iter().find(|sum| sum.resource == "cpu").map_or(0, |sum| sum.sum)
}

#[test]
fn lists_are_unfolded_anchors_and_merges_followed_and_the_default_namespace_filled_in() {
    let one = proved(API);
    assert_eq!(cpu_at_peak(&one), 1500);
    assert_eq!(one.view.objects[0].namespace.as_deref(), Some("default"));
    let item = API.lines().map(|line| format!("  {line}\n")).collect::<String>();
    let listed = format!("# a comment\n---\n\n---\napiVersion: v1\nkind: List\nitems:\n-{}", &item[1..]);
    assert_eq!(cpu_at_peak(&proved(&listed)), 1500);
    let merged = "apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- metadata: { name: a }\n  spec: &spec\n    replicas: 2\n    \
        selector: { matchLabels: { app: a } }\n    template: { metadata: { labels: { app: a } }, spec: { containers: [ \
        { name: main, image: x, resources: { requests: { cpu: 1, memory: 1Gi } } } ] } }\n\
        - metadata: { name: b }\n  spec: { <<: *spec, replicas: 1 }\n";
    let merged = proved(merged);
    assert_eq!(merged.view.objects.len(), 2);
    assert_eq!(cpu_at_peak(&merged), 3000);
}

#[test]
fn an_object_of_which_nobody_states_the_pods_is_named_until_a_footprint_stands_for_it() {
    let without = proved(&format!("{API}---\n{KAFKA}"));
    assert_eq!(without.unaccounted, ["Kafka.kafka.strimzi.io shop/events"]);
    let states = |foreign: &Foreign| foreign.view.proof.as_ref().map(|proof| proof.states.clone()).unwrap_or_default();
    assert!(states(&without).iter().all(|state| state.verdict == Verdict::Undecided));
    let footprint = API.replace(
        "{ name: api }",
        "{ name: events-kafka, namespace: shop, annotations: { vauban.dev/stands-for: Kafka.kafka.strimzi.io shop/events } }",
    );
    let with = proved(&format!("{API}---\n{KAFKA}---\n{footprint}"));
    assert!(with.unaccounted.is_empty());
    assert_eq!(cpu_at_peak(&with), 3000);
    assert!(states(&with).iter().any(|state| state.verdict == Verdict::Guaranteed));
}

#[test]
fn a_pod_template_says_what_is_injected_and_one_that_nobody_knows_is_refused() {
    let meshed = API.replace(
        "metadata: { labels: { app: api } }",
        "metadata: { labels: { app: api, sidecar.istio.io/inject: 'true' } }",
    );
    assert_ne!(meshed, API);
    let template = "apiVersion: v1\nkind: PodTemplate\nmetadata: { name: proxy, namespace: istio-system, annotations: { vauban.dev/injects: \
                    istio } }\ntemplate: { spec: { initContainers: [ { name: istio-proxy, restartPolicy: Always, resources: { requests: { \
                    cpu: 100m, memory: 128Mi } } } ] } }\n";
    let without = proved(&meshed);
    let state = |foreign: &Foreign| foreign.view.proof.as_ref().map(|proof| proof.states[1].clone()).expect("a proof");
    let reason = state(&without).reason.expect("it is not decided");
    assert!(words::reason(&reason, &Names::default()).contains("vauban.dev/injects: istio"));
    // 3 × (500 + 100).
    let with = proved(&format!("{meshed}---\n{template}"));
    assert_eq!(cpu_at_peak(&with), 1800);
    let said = with.view.proof.as_ref().map(|proof| proof.assumptions.clone()).unwrap_or_default();
    assert!(
        said.contains(&"Istio adds `istio-proxy` to each pod that asks for it, and nothing else".to_owned()),
        "{said:?}"
    );
    let refused = |from: &str, to: &str| faults(&template.replace(from, to));
    assert_eq!(
        refused("injects: istio", "injects: Istio"),
        ["1: the annotation `vauban.dev/injects` names no injector that is known: \"Istio\""]
    );
    assert_eq!(
        refused("kind: PodTemplate", "kind: ConfigMap")[0],
        "1: the annotation `vauban.dev/injects` belongs to a `PodTemplate`, and this is a `ConfigMap`"
    );
}

#[test]
fn what_is_no_manifest_is_said_with_its_line_and_hides_nothing_behind_it() {
    let text = format!(
        "{API}---\na: [\n---\n- list\n---\napiVersion: v1\nkind: Pod\nmetadata: {{ generateName: x- }}\n---\nb: 1\nb: 2\n---\n{}",
        API.replace("500m", "400m")
    );
    let lines = API.lines().count();
    let found = faults(&text);
    assert_eq!(found.len(), 6, "{found:#?}");
    assert!(found[0].starts_with(&format!("{}: this is no YAML", lines + 2)), "{found:#?}");
    assert_eq!(found[1], format!("{}: a document is no object of Kubernetes", lines + 4));
    assert!(found[2].ends_with("it has no `metadata.name`"), "{found:#?}");
    assert!(found[3].ends_with("it has no `apiVersion`"), "{found:#?}");
    assert!(found[4].ends_with("the key `b` stands twice in one map"), "{found:#?}");
    assert!(found[5].contains("two objects `Deployment.apps default/api`"), "{found:#?}");
}

#[test]
fn what_stands_there_twice_in_the_same_words_is_one_object() {
    assert_eq!(faults(&format!("{API}---\n{API}")), Vec::<String>::new());
    assert_eq!(cpu_at_peak(&proved(&format!("{API}---\n{API}"))), cpu_at_peak(&proved(API)));
}

#[test]
fn what_would_be_read_as_something_else_is_refused() {
    for (from, to, expected) in [
        ("replicas: 3", "replicas: \"3\"", "5: `spec.replicas` of Deployment `api` is the text \"3\", not an integer"),
        ("500m", "lots", "9: Kubernetes refuses the cpu `lots` of Deployment `api`"),
        ("apps/v1", "extensions/v1beta1", "1: Kubernetes serves no `Deployment` of `extensions/v1beta1`"),
        ("containers: [", "container: [", "1: `Deployment.apps default/api` has no containers"),
        ("kind: Deployment", "kind: Deploymnet", "1: Kubernetes serves no `Deploymnet` of `apps/v1`"),
    ] {
        assert_eq!(faults(&API.replace(from, to)), [expected], "{to}");
    }
    // In a list each object has lines of its own.
    let of_list: Vec<String> = API.lines().map(|line| format!("  {line}\n")).collect();
    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {}", of_list.concat().trim_start());
    let list = format!("{list}{}", list[list.find("- ").expect("an item")..].replace("name: api", "name: web"));
    let list = list.replacen("replicas: 3", "replicas: many", 2).replacen("replicas: many", "replicas: 3", 1);
    let expected = "17: `spec.replicas` of Deployment `web` is the text \"many\", not an integer";
    assert_eq!(faults(&list), [expected], "{list}");
    assert_eq!(
        faults(&list.replace("Deployment", "Deploymnet"))[1],
        "13: Kubernetes serves no `Deploymnet` of `apps/v1`"
    );
    // A bomb of aliases ends in a message, not in memory.
    let mut bomb = "a0: &a0 [x, x]\n".to_owned();
    for level in 1..40 {
        bomb.push_str(&format!("a{level}: &a{level} [*a{}, *a{}]\n", level - 1, level - 1));
    }
    assert!(faults(&bomb)[0].contains("no YAML"));
}

#[test]
fn containers_without_requests_are_listed_and_count_nothing() {
    let bare = proved(&API.replace("resources: { requests: { cpu: 500m, memory: 1Gi } }", "tty: true"));
    assert_eq!(cpu_at_peak(&bare), 0);
    assert_eq!(bare.unbudgeted.len(), 1);
    assert_eq!(bare.unbudgeted[0].missing, ["cpu", "memory"]);
}

#[test]
fn a_footprint_of_something_that_is_not_there_is_worth_a_warning() {
    let text = API.replace(
        "{ name: api }",
        "{ name: api, annotations: { vauban.dev/stands-for: Kafka.kafka.strimzi.io shop/event } }",
    );
    let mut sources = SourceMap::default();
    let files = vec![Manifest { name: "all.yaml".into(), text: format!("{text}---\n{KAFKA}") }];
    let (_, found) = read(files, &mut sources);
    let found: Vec<_> = found.into_iter().collect();
    assert!(found.len() == 1 && found[0].severity == Severity::Warning, "{found:?}");
    assert_eq!(found[0].help, ["did you mean `Kafka.kafka.strimzi.io shop/events`?"]);
}

#[test]
fn the_hardware_is_taken_by_name_and_what_else_is_in_the_file_does_not_matter() {
    let several = format!(
        "let memory : Bytes = 16GB\ncomponent x : nothing {{}}\n{LAB}hardware big : lab {{ node box {{ memory = memory }} }}\n"
    );
    let root = directory(&[("hardware.vauban", &several), ("all.yaml", API), ("none.vauban", "let x = 1\n")]);
    let (all, file) = (path(&root, "all.yaml"), path(&root, "hardware.vauban"));
    let (code, _, stderr) = vaubanc(&["prove", "--manifests", &all, "--hardware", &file]);
    assert!(code == 1 && stderr.contains("2 hardware items: `lab`, `big`"), "{stderr}");
    let (code, stdout, stderr) = vaubanc(&["prove", "--manifests", &all, "--hardware", &format!("{file}#big")]);
    assert!(code == 0 && stdout.contains("3 nodes") && stderr.is_empty(), "{stdout}{stderr}");
    let (code, _, stderr) = vaubanc(&["prove", "--manifests", &all, "--hardware", &format!("{file}#bgi")]);
    assert!(code == 1 && stderr.contains("did you mean `big`?"), "{stderr}");
    let (code, _, stderr) = vaubanc(&["prove", "--manifests", &all, "--hardware", &path(&root, "none.vauban")]);
    assert!(code == 1 && stderr.contains("declares no hardware"), "{stderr}");
    assert_eq!(vaubanc(&["prove", "--manifests", &all]).0, 2);
    assert_eq!(vaubanc(&["prove", "--manifests", &all, "--hardware", &path(&root, "absent.vauban")]).0, 2);
}

#[test]
fn what_was_proved_is_written_so_that_the_checker_confirms_it() {
    let root = directory(&[
        ("deploy/a.yaml", API),
        ("deploy/below/b.yml", KAFKA),
        ("deploy/notes.md", "-"),
        ("lab.vauban", LAB),
    ]);
    let (deploy, lab, output) = (path(&root, "deploy"), path(&root, "lab.vauban"), path(&root, "proved"));
    let prove = ["prove", "--manifests", &deploy, "--hardware", &lab, "-o", &output];
    let (code, _, stderr) = vaubanc(&prove);
    assert!(code == 1 && stderr.contains("vauban.dev/stands-for: \"Kafka.kafka.strimzi.io shop/events\""), "{stderr}");
    let footprint = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: nothing\n  namespace: shop\n  annotations:\n    \
        vauban.dev/stands-for: Kafka.kafka.strimzi.io shop/events\n";
    std::fs::write(root.path().join("deploy/c.yaml"), footprint).expect("the directory is writable");
    let (code, stdout, stderr) = vaubanc(&prove);
    assert!(code == 0 && stdout.contains("written; check it with"), "{stdout}{stderr}");
    let proof = format!("{output}/reports/proof.json");
    let (code, stdout, stderr) = vaubanc(&["verify", &proof, "--manifests", &output]);
    assert!(code == 0 && stdout.contains("confirmed") && !stdout.contains("refused"), "{stdout}{stderr}");
}

#[test]
fn the_output_of_the_compiler_itself_is_proved_alike() {
    for (name, file, hardware_name) in
        [("three-nodes", "three-nodes.vauban", None), ("vauban-blog", "hardware.vauban", Some("datacenter"))]
    {
        let compilation = compile(&FileWorld::new(Path::new(&example(name))), &Options::default());
        let (files, _) = render(&compilation);
        let own =
            compilation.views.iter().find_map(|view| view.proof.as_ref()).expect("the first environment is proved");
        let applied = Kustomize::new(&files).build(&own.manifests).expect("the overlay is rendered");
        let mut text: Vec<String> = applied.iter().map(|object| yaml::document(object)).collect();
        text.extend(files.get(&own.footprints_path()).map(str::to_owned));
        let mut sources = SourceMap::default();
        let (objects, found) = read(vec![Manifest { name: "all.yaml".into(), text: text.join("---\n") }], &mut sources);
        assert!(found.is_empty(), "{found:?}");
        let world = FileWorld::new(&Path::new(&example(name)).join(file));
        let (nodes, _) = hardware(&world, &Options::default(), hardware_name, &mut sources);
        let foreign = prove(objects, nodes.expect("the example has it"));
        let foreign = foreign.view.proof.expect("it was proved");
        assert_eq!(foreign.states, own.states, "{name}");
        assert_eq!(foreign.digests, own.digests, "{name}");
    }
}

#[test]
fn everything_that_stands_in_the_way_is_said_at_once_and_what_to_paste() {
    let injected = API.replace(
        "labels: { app: api } }\n    spec",
        "labels: { app: api, sidecar.istio.io/inject: \"true\" } }\n    spec",
    );
    assert_ne!(injected, API);
    let backup = "apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: backup }\nspec:\n  schedule: \"*/10 * * * *\"\n  \
        jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [ { name: main, image: x } ] } } } }\n";
    let all = format!("{injected}---\n{backup}---\n{KAFKA}");
    let root = directory(&[("lab.vauban", LAB), ("all.yaml", &all)]);
    let (all, lab) = (path(&root, "all.yaml"), path(&root, "lab.vauban"));
    let (code, stdout, stderr) = vaubanc(&["prove", "--manifests", &all, "--hardware", &lab]);
    assert_eq!(code, 1, "{stdout}{stderr}");
    for line in [
        "every state                      undecided  each of these keeps all of it open",
        "nothing says which pods `Kafka.kafka.strimzi.io shop/events` makes",
        "Istio adds containers to the pods of `api`, and no footprint says which",
        "runs of `backup` may pile up without bound; set `concurrencyPolicy: Forbid`",
        "it is not proved yet: 3 things stand in the way of everything",
    ] {
        assert!(stdout.contains(line), "{line}\n{stdout}");
    }
    // What is offered to be pasted is what was missing.
    let (_, pasted) = stderr.split_once("with.\n").expect("an object is offered");
    let pasted: Vec<&str> = pasted.lines().take_while(|line| line.starts_with("  ")).map(str::trim_start).collect();
    let foreign = proved(&format!("{injected}---\n{}\n", pasted.join("\n")));
    assert!(foreign.view.proof.expect("there is hardware").obstacles.is_empty(), "{pasted:?}");
}

#[test]
fn workloads_are_called_by_their_bare_names_where_only_one_has_it() {
    let other = API.replace("name: api }", "name: api, namespace: shop }").replace("500m", "30");
    let alone = directory(&[("lab.vauban", LAB), ("all.yaml", &API.replace("500m", "30"))]);
    let both = directory(&[("lab.vauban", LAB), ("all.yaml", &format!("{API}---\n{other}"))]);
    let said = |root: &tempfile::TempDir| {
        vaubanc(&["prove", "--manifests", &path(root, "all.yaml"), "--hardware", &path(root, "lab.vauban")]).1
    };
    assert!(said(&alone).contains("one pod of `api` asks for 30 CPU where box has 8 CPU"), "{}", said(&alone));
    assert!(said(&both).contains("one pod of `Deployment.apps shop/api` asks for 30 CPU"), "{}", said(&both));
}

#[test]
fn a_state_shows_its_fullest_and_every_resource_where_it_alone_is_asked_for() {
    let (code, stdout, stderr) = vaubanc(&["prove", &example("three-nodes")]);
    assert!(code == 0 && stdout.ends_with("\nit fits\n"), "{stdout}{stderr}");
    assert!(stdout.contains("without one node of worker, on worker"), "{stdout}");
    assert!(!stdout.contains(" pods  ") && !stdout.contains("ephemeral-storage"), "{stdout}");
    // The peak has the numbers of the steady state: the autoscaler's spread counts its most pods in both.
    assert!(stdout.contains("as above") && stdout.contains("one state with every resource: `--state S0`"), "{stdout}");
    let (code, stdout, stderr) = vaubanc(&["prove", &example("three-nodes"), "--state", "S3"]);
    assert!(code == 0 && stdout.contains("ephemeral-storage") && !stdout.contains("it fits"), "{stdout}{stderr}");
    assert!(stdout.contains("       without one node of worker:\n"), "{stdout}");
}

#[test]
fn what_would_decide_an_open_state_is_said_in_the_words_of_yaml() {
    // Both pods may have their volumes on the node that is lost, and one must stay.
    let store = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: store }\nspec:\n  replicas: 2\n  serviceName: store\n  \
        selector: { matchLabels: { app: store } }\n  template:\n    metadata: { labels: { app: store } }\n    \
        spec: { containers: [ { name: main, image: x, resources: { requests: { cpu: 100m, memory: 1Gi } } } ] }\n  \
        volumeClaimTemplates: [ { metadata: { name: data }, spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 8Gi } } } } ]\n";
    let lab = LAB.replace("count = 3", "count = 3, disk ssd { size = 99GB, storage-class = \"local-path\" }");
    let root = directory(&[("lab.vauban", &lab), ("all.yaml", store)]);
    let (code, stdout, stderr) =
        vaubanc(&["prove", "--manifests", &path(&root, "all.yaml"), "--hardware", &path(&root, "lab.vauban")]);
    let helps = "any one of these makes it fit, in every required state\n    `store` with a hard spread (`topologySpreadConstraints` on ";
    assert!(code == 1 && stdout.contains(helps) && !stdout.contains("spread = "), "{stdout}{stderr}");
    assert!(stdout.contains("it is not shown to fit: the loss of a node (S3), the drain of a node (S4)"), "{stdout}");
}

#[test]
fn a_daemon_set_for_every_architecture_is_counted_on_nodes_that_state_none() {
    let agent = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: { name: cni, namespace: kube-system }\nspec:\n  \
        selector: { matchLabels: { app: cni } }\n  template:\n    metadata: { labels: { app: cni } }\n    spec:\n      \
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [ { matchExpressions: \
        [ { key: kubernetes.io/os, operator: In, values: [linux] }, { key: kubernetes.io/arch, operator: In, values: [amd64, \
        arm64] } ] } ] } } }\n      \
        tolerations: [ { operator: Exists } ]\n      \
        containers: [ { name: main, image: x, resources: { requests: { cpu: 7, memory: 1Gi }, limits: { memory: 1Gi } } } ]\n";
    let root = directory(&[
        ("lab.vauban", LAB),
        ("both.yaml", &format!("{agent}---\n{}", API.replace("500m", "2"))),
        ("alone.yaml", agent),
    ]);
    let said = |manifests: &str| {
        vaubanc(&["prove", "--manifests", &path(&root, manifests), "--hardware", &path(&root, "lab.vauban")])
    };
    let (code, stdout, stderr) = said("both.yaml");
    assert!(code == 1 && stdout.contains("S0 steady                           does not fit"), "{stdout}{stderr}");
    let (code, stdout, stderr) = said("alone.yaml");
    assert!(stdout.contains("7 of 8 CPU"), "{code} {stdout}{stderr}");
    assert!(stdout.contains("the architecture is `amd64` or `arm64`"), "{stdout}");
}

#[test]
fn a_selector_of_what_every_kubelet_states_fits() {
    for (selector, fits) in [
        ("beta.kubernetes.io/os: linux", true),
        ("kubernetes.io/os: linux", true),
        ("kubernetes.io/arch: amd64", false),
        ("example.com/none: here", false),
    ] {
        let pods =
            API.replace("500m", "50m").replace("containers:", &format!("nodeSelector: {{ {selector} }}, containers:"));
        let root = directory(&[("lab.vauban", LAB), ("all.yaml", &pods)]);
        let (code, stdout, stderr) =
            vaubanc(&["prove", "--manifests", &path(&root, "all.yaml"), "--hardware", &path(&root, "lab.vauban")]);
        assert_eq!(code == 0, fits, "{selector}: {stdout}{stderr}");
        assert!(
            fits || stderr.contains(selector.split(':').next().unwrap_or_default()),
            "{selector}: {stdout}{stderr}"
        );
    }
}

/// A workload with the image and the words of a program that makes pods by itself.
fn operator(kind: &str, image: &str, word: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{ name: store, namespace: storage }}\nspec:\n  \
         selector: {{ matchLabels: {{ app: store }} }}\n  template:\n    metadata: {{ labels: {{ app: store }} }}\n    \
         spec: {{ containers: [ {{ name: main, image: '{image}', command: [run], args: [{word}], resources: {{ requests: {{ cpu: 100m, memory: 1Gi \
         }}, limits: {{ memory: 1Gi }} }} }} ] }}\n"
    )
}

#[test]
fn what_an_operator_makes_that_no_object_shows_keeps_everything_open_until_a_footprint_says_it() {
    let said = |text: &str| {
        let root = directory(&[("lab.vauban", LAB), ("all.yaml", text)]);
        vaubanc(&["prove", "--manifests", &path(&root, "all.yaml"), "--hardware", &path(&root, "lab.vauban")])
    };
    let longhorn = operator("DaemonSet", "docker.io/longhornio/longhorn-manager:v1.9.0", "daemon");
    let (code, stdout, stderr) = said(&longhorn);
    assert!(code == 1 && stdout.contains("makes pods that no object shows: instance managers"), "{stdout}{stderr}");
    for (image, word) in [("longhornio/longhorn-manager@sha256:ab", "deploy-driver"), ("rook/ceph:v1.15.6", "operator")]
    {
        let (code, stdout, stderr) = said(&operator("Deployment", image, word));
        assert!(code == 1 && stdout.contains("makes pods that no object shows"), "{image}: {stdout}{stderr}");
    }
    // The same image with another task, and an image of another name.
    for (image, word) in [("rook/ceph:v1.15.6", "bash"), ("mirror/not-longhorn-manager:1", "daemon")] {
        let (code, stdout, stderr) = said(&operator("Deployment", image, word));
        assert!(code == 0, "{image}: {stdout}{stderr}");
    }
    let footprint = operator("DaemonSet", "longhornio/longhorn-instance-manager:v1.9.0", "daemon")
        .replace(
            "name: store, namespace: storage",
            "name: instance-manager, namespace: storage, annotations: { \
                  vauban.dev/stands-for: 'DaemonSet.apps storage/store' }",
        )
        .replace("app: store", "app: instance-manager");
    let (code, stdout, stderr) = said(&format!("{longhorn}---\n{footprint}"));
    assert!(code == 0, "{stdout}{stderr}");
}

#[test]
fn a_replication_controller_is_counted_like_a_replica_set() {
    let old = API
        .replace("apps/v1", "v1")
        .replace("kind: Deployment", "kind: ReplicationController")
        .replace("matchLabels: { app: api }", "app: api");
    let found = proved(&old);
    assert_eq!(cpu_at_peak(&found), 1500);
    let proof = found.view.proof.as_ref().expect("it was proved");
    let all = proof.states.iter().filter(|state| state.required);
    assert!(all.into_iter().all(|state| state.verdict == Verdict::Guaranteed), "{:?}", proof.states);
    assert!(found.unaccounted.is_empty());
}

#[test]
fn a_part_of_a_byte_is_taken_and_noticed() {
    let quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q, namespace: default}\nspec: {hard: {requests.memory: 500m, limits.memory: 0.15Gi}}\n";
    assert_eq!(
        faults(quota),
        [
            "4: the requests.memory `500m` of ResourceQuota `q` is no whole number of bytes",
            "4: the limits.memory `0.15Gi` of ResourceQuota `q` is no whole number of bytes",
        ]
    );
    let found = proved(&format!("{quota}---\n{API}"));
    let proof = found.view.proof.as_ref().expect("it was proved");
    let quotas = proof.states.iter().find(|state| state.state.key() == "S7").expect("every state is there");
    assert_eq!(quotas.verdict, Verdict::DoesNotFit);
}
