//! Each rule with a pod that breaks it and one that does not.

use super::check;
use crate::diag::Diagnostic;
use crate::eval::model::{Instance, Model};
use crate::objects::Object;
use crate::objects::check::author::Author;
use crate::objects::check::testing::{objects, with_footprint};
use crate::source::SourceMap;
use crate::syntax::ast::InstanceClass;

fn found(objects: &[Object]) -> Vec<Diagnostic> {
    let (model, sources) = (Model::default(), SourceMap::default());
    check(Author { model: &model, sources: &sources }, objects, &|_| true).into_iter().collect()
}

fn namespace(level: &str) -> String {
    format!(
        "{{ apiVersion: v1, kind: Namespace, metadata: {{ name: x, labels: {{ pod-security.kubernetes.io/enforce: {level} }} }} }}"
    )
}

/// The message about a Deployment whose pods have this spec.
fn message(level: &str, spec: &str) -> Option<String> {
    let deployment = format!(
        "{{ apiVersion: apps/v1, kind: Deployment, metadata: {{ name: web, namespace: x }}, spec: {{ template: {{ spec: {spec} }} }} }}"
    );
    let found = found(&objects(&[&namespace(level), &deployment]));
    assert!(found.len() <= 1, "one message for all pods of an object");
    found.into_iter().next().map(|one| one.message)
}

/// What `restricted` wants of a container.
const RIGHT: &str = "allowPrivilegeEscalation: false, capabilities: { drop: [ALL] }";
/// What `restricted` wants of a pod.
const POD: &str = "runAsNonRoot: true, seccompProfile: { type: RuntimeDefault }";

#[test]
fn a_pod_that_states_nothing_is_baseline_and_not_restricted() {
    let bare = "{ containers: [{ name: main }] }";
    assert_eq!(message("baseline", bare), None);
    assert_eq!(message("privileged", bare), None);
    let all = message("restricted", bare);
    let wanted = "namespace `x` refuses the pods of Deployment `web`: \
                  `containers.main.securityContext.allowPrivilegeEscalation` is not set, and 3 more fields";
    assert_eq!(all.as_deref(), Some(wanted));
}

#[test]
fn what_baseline_forbids_is_found_one_by_one() {
    let cases = [
        ("{ hostNetwork: true, containers: [{ name: a }] }", "`hostNetwork` is `true`"),
        ("{ hostPID: true, containers: [] }", "`hostPID` is `true`"),
        ("{ hostIPC: true, containers: [] }", "`hostIPC` is `true`"),
        (
            "{ securityContext: { windowsOptions: { hostProcess: true } } }",
            "`securityContext.windowsOptions.hostProcess` is `true`",
        ),
        (
            "{ containers: [{ name: a, securityContext: { privileged: true } }] }",
            "`containers.a.securityContext.privileged` is `true`",
        ),
        (
            "{ initContainers: [{ name: a, securityContext: { privileged: true } }] }",
            "`initContainers.a.securityContext.privileged` is `true`",
        ),
        (
            "{ containers: [{ name: a, securityContext: { capabilities: { add: [CHOWN, NET_ADMIN] } } }] }",
            "`containers.a.securityContext.capabilities.add` is `NET_ADMIN`",
        ),
        ("{ volumes: [{ name: logs, hostPath: { path: /var/log } }] }", "`volumes.logs.hostPath` is `/var/log`"),
        (
            "{ containers: [{ name: a, ports: [{ containerPort: 80, hostPort: 80 }] }] }",
            "`containers.a.ports.[0].hostPort` is `80`",
        ),
        (
            "{ securityContext: { seccompProfile: { type: Unconfined } } }",
            "`securityContext.seccompProfile.type` is `Unconfined`",
        ),
        (
            "{ securityContext: { appArmorProfile: { type: Unconfined } } }",
            "`securityContext.appArmorProfile.type` is `Unconfined`",
        ),
        (
            "{ securityContext: { seLinuxOptions: { type: spc_t } } }",
            "`securityContext.seLinuxOptions.type` is `spc_t`",
        ),
        ("{ securityContext: { seLinuxOptions: { user: root } } }", "`securityContext.seLinuxOptions.user` is `root`"),
        (
            "{ containers: [{ name: a, securityContext: { procMount: Unmasked } }] }",
            "`containers.a.securityContext.procMount` is `Unmasked`",
        ),
        (
            "{ securityContext: { sysctls: [{ name: kernel.msgmax, value: '1' }] } }",
            "`securityContext.sysctls` is `kernel.msgmax`",
        ),
    ];
    for (spec, fact) in cases {
        let found = message("baseline", spec);
        assert!(found.as_ref().is_some_and(|message| message.ends_with(fact)), "{spec}: {found:?}");
        assert_eq!(message("privileged", spec), None);
    }
    for spec in [
        "{ hostNetwork: false, securityContext: { sysctls: [{ name: net.ipv4.tcp_keepalive_time, value: '1' }] } }",
        "{ containers: [{ name: a, ports: [{ containerPort: 80, hostPort: 0 }], securityContext: { privileged: false } }] }",
        "{ containers: [{ name: a, securityContext: { capabilities: { add: [CHOWN] }, seLinuxOptions: { type: container_t } } }] }",
        "{ volumes: [{ name: share, nfs: { server: a, path: / } }] }",
    ] {
        assert_eq!(message("baseline", spec), None, "{spec}");
    }
}

#[test]
fn restricted_reads_the_pod_where_its_containers_say_nothing() {
    let right =
        format!("{{ securityContext: {{ {POD} }}, containers: [{{ name: a, securityContext: {{ {RIGHT} }} }}] }}");
    assert_eq!(message("restricted", &right), None);
    let own = format!("{{ containers: [{{ name: a, securityContext: {{ {POD}, {RIGHT} }} }}] }}");
    assert_eq!(message("restricted", &own), None);
    let one_of_two = format!(
        "{{ containers: [{{ name: a, securityContext: {{ {POD}, {RIGHT} }} }}, \
         {{ name: b, securityContext: {{ {RIGHT}, runAsNonRoot: true }} }}] }}"
    );
    let found = message("restricted", &one_of_two);
    assert!(
        found.as_ref().is_some_and(|one| one.ends_with("`securityContext.seccompProfile.type` is not set")),
        "{found:?}"
    );
}

#[test]
fn what_restricted_forbids_is_found_one_by_one() {
    let pod = |context: &str, container: &str, rest: &str| {
        format!(
            "{{ securityContext: {{ {POD}{context} }}, containers: [{{ name: a, securityContext: {{ {container} }} }}]{rest} }}"
        )
    };
    let cases = [
        (
            pod("", "capabilities: { drop: [ALL] }, allowPrivilegeEscalation: true", ""),
            "allowPrivilegeEscalation` is `true`",
        ),
        (
            pod("", "allowPrivilegeEscalation: false, capabilities: { drop: [KILL] }", ""),
            "capabilities.drop` is `[KILL]`",
        ),
        (
            pod("", "allowPrivilegeEscalation: false, capabilities: { drop: [ALL], add: [CHOWN] }", ""),
            "capabilities.add` is `CHOWN`",
        ),
        (
            pod("", &format!("{RIGHT}, runAsNonRoot: false"), ""),
            "`containers.a.securityContext.runAsNonRoot` is `false`",
        ),
        (pod(", runAsUser: 0", RIGHT, ""), "`securityContext.runAsUser` is `0`"),
        (pod("", &format!("{RIGHT}, runAsUser: 0"), ""), "`containers.a.securityContext.runAsUser` is `0`"),
        (pod("", RIGHT, ", volumes: [{ name: share, nfs: { server: a } }]"), "`volumes.share.nfs` is `{ … }`"),
        (pod("", RIGHT, ", volumes: [{ name: logs, hostPath: { path: / } }]"), "`volumes.logs.hostPath` is `/`"),
        (pod("", RIGHT, ", initContainers: [{ name: b }]"), "is not set, and one more field"),
    ];
    for (spec, fact) in cases {
        let found = message("restricted", &spec);
        assert!(found.as_ref().is_some_and(|message| message.ends_with(fact)), "{spec}: {found:?}");
    }
    let bind = pod("", "allowPrivilegeEscalation: false, capabilities: { drop: [ALL], add: [NET_BIND_SERVICE] }", "");
    assert_eq!(message("restricted", &bind), None);
    let windows = "{ os: { name: windows }, securityContext: { runAsNonRoot: true }, containers: [{ name: a }] }";
    assert_eq!(message("restricted", windows), None);
}

#[test]
fn pods_of_operators_and_of_cron_jobs_come_to_the_same_gate_and_other_namespaces_do_not() {
    let footprint = "{ apiVersion: v1, kind: Pod, metadata: { name: db, namespace: x }, spec: { hostPID: true } }";
    let made = found(&with_footprint(&[&namespace("baseline"), footprint], 1));
    assert!(made[0].notes.iter().any(|note| note == "the controller of Widget `w` makes these pods"), "{made:?}");
    let job = "{ apiVersion: batch/v1, kind: CronJob, metadata: { name: j, namespace: x }, \
               spec: { jobTemplate: { spec: { template: { spec: { hostPID: true } } } } } }";
    assert_eq!(found(&objects(&[&namespace("baseline"), job])).len(), 1);
    let elsewhere = footprint.replace("namespace: x", "namespace: y");
    assert!(found(&objects(&[&namespace("baseline"), &elsewhere])).is_empty());
}

#[test]
fn the_help_names_the_strictest_level_that_lets_the_pods_in() {
    let help = |spec: &str| {
        let pod = format!("{{ apiVersion: v1, kind: Pod, metadata: {{ name: p, namespace: x }}, spec: {spec} }}");
        found(&objects(&[&namespace("restricted"), &pod])).remove(0).help.join("\n")
    };
    assert!(help("{ containers: [{ name: a }] }").contains("`pod-security = \"baseline\"`"));
    assert!(help("{ hostPID: true }").contains("`pod-security = \"privileged\"`"));
}

#[test]
fn the_declaration_is_shown_first_where_the_library_writes_the_field() {
    let mut sources = SourceMap::default();
    sources.add("<std/daemon.vauban>", "x".repeat(4000));
    let own = sources.add("mine.vauban", "component web : daemon {}");
    let declared = crate::source::Span::new(own, 10, 13);
    let instance =
        Instance { namespace: Some("x".into()), ..Instance::bare(InstanceClass::Component, "web", declared) };
    let model = Model { instances: vec![instance], ..Model::default() };
    let pod = "{ apiVersion: v1, kind: Pod, metadata: { name: p, namespace: x }, spec: { hostPID: true } }";
    let author = Author { model: &model, sources: &sources };
    let one = check(author, &objects(&[&namespace("baseline"), pod]), &|_| true)
        .into_iter()
        .next()
        .expect("hostPID is refused");
    assert_eq!(one.primary.span, declared);
    assert_eq!(one.labels[0].text, "by this line of the library");
    assert!(sources.is_library(one.labels[0].span));
}
