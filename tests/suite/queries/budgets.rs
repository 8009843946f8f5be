//! Disruption budgets among manifests.

use super::{directory, path, vaubanc};

/// Two StatefulSets with local claims, one pod on each node, and one budget over both.
fn two_under_one_budget(budget: &str) -> (u8, String) {
    let set = |name: &str| {
        format!(
            "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{ name: {name}, namespace: shop }}\nspec:\n  replicas: 2\n  serviceName: {name}\n  \
             selector: {{ matchLabels: {{ app: {name} }} }}\n  template:\n    metadata: {{ labels: {{ app: {name}, part: log }} }}\n    spec:\n      \
             affinity: {{ podAntiAffinity: {{ requiredDuringSchedulingIgnoredDuringExecution: [ {{ topologyKey: kubernetes.io/hostname, \
             labelSelector: {{ matchLabels: {{ app: {name} }} }} }} ] }} }}\n      \
             containers: [ {{ name: a, image: a, resources: {{ requests: {{ cpu: 100m, memory: 64Mi }} }} }} ]\n  \
             volumeClaimTemplates: [ {{ metadata: {{ name: data }}, spec: {{ accessModes: [ ReadWriteOnce ], storageClassName: CLASS, \
             resources: {{ requests: {{ storage: 1Gi }} }} }} }} ]\n---\n"
        )
    };
    let budget = format!(
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{ name: log, namespace: shop }}\n\
         spec: {{ {budget}, selector: {{ matchLabels: {{ part: log }} }} }}\n"
    );
    let hardware = "hardware lab { node box { cpu = 8, memory = 16GB, count = 4, disk root { size = 100GB, storage-class = \"local\", ephemeral = 10GB }, \
                    keep-free { root = 10% } }\n storage net { storage-class = \"net\" } }\n";
    let all = set("a") + &set("b") + &budget;
    let local = all.replace("CLASS", "local");
    let network = all.replace("CLASS", "net");
    let run = |text: &str| {
        let root = directory(&[("all/all.yaml", text), ("lab.vauban", hardware)]);
        let (all, lab, out) = (path(&root, "all"), path(&root, "lab.vauban"), path(&root, "out"));
        let (code, said, complaints) = vaubanc(&["prove", "--manifests", &all, "--hardware", &lab, "-o", &out]);
        let (checked, found, wrong) = vaubanc(&["verify", &format!("{out}/reports/proof.json"), "--manifests", &out]);
        assert_eq!(checked, code, "{said}{complaints}{found}{wrong}");
        (code, said + &complaints)
    };
    let (_, on_disks) = run(&local);
    let (code, said) = run(&network);
    (code, format!("{on_disks}\n=====\n{said}"))
}

#[test]
fn a_budget_over_several_workloads_counts_all_of_their_pods() {
    // Three of four stay: one may go, whosever it is. With volumes that follow, one after the other.
    for budget in ["minAvailable: 3", "maxUnavailable: 1"] {
        let (code, said) = two_under_one_budget(budget);
        assert_eq!(code, 0, "{budget}: {said}");
        // On disks a pod of each may be on the node that is drained, and the first that goes does not come back.
        let on_disks = said.split("=====").next().unwrap_or_default();
        let drain = on_disks.lines().find(|line| line.contains("S4 drain of a node at steady")).unwrap_or_default();
        assert!(drain.contains("undecided"), "{budget}: {on_disks}");
    }
    let (code, said) = two_under_one_budget("minAvailable: 4");
    assert!(code == 1 && said.contains("none of them is evicted"), "{said}");
}
