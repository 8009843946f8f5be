//! The Pod Security Standards of Kubernetes 1.30, field by field.
//!
//! <https://v1-30.docs.kubernetes.io/docs/concepts/security/pod-security-standards/>, and where the page leaves a
//! question open, `policy/check_*.go` of `k8s.io/pod-security-admission` 0.30. `privileged` restricts nothing.

use std::fmt;

use crate::objects::{Node, NodeValue};

/// A level that forbids something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Baseline,
    Restricted,
}

impl Level {
    /// The level of the text in a label; none for `privileged` and for what the API server does not know.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "baseline" => Some(Self::Baseline),
            "restricted" => Some(Self::Restricted),
            _ => None,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if *self == Self::Baseline { "baseline" } else { "restricted" })
    }
}

/// A field that a level forbids to be what it is.
pub(super) struct Violation<'a> {
    /// The field, from the spec of the pod on.
    pub(super) path: String,
    /// What it says; none where it is missing.
    pub(super) stated: Option<String>,
    /// The field or, where it is missing, the nearest node that is there.
    pub(super) node: &'a Node,
    /// What it must be: `` `false` ``, in words that follow "wants".
    pub(super) wanted: String,
    /// The least strict level that forbids it.
    pub(super) level: Level,
}

impl Violation<'_> {
    /// `` `hostNetwork` is `true` ``.
    pub(super) fn fact(&self) -> String {
        match &self.stated {
            Some(text) => format!("`{}` is `{text}`", self.path),
            None => format!("`{}` is not set", self.path),
        }
    }
}

/// Capabilities that `baseline` lets a container add.
const BASELINE_CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Kernel parameters that are kept apart for each pod and so cannot harm its neighbours.
const SAFE_SYSCTLS: [&str; 10] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
];

/// What `restricted` lets a pod mount.
const RESTRICTED_VOLUMES: [&str; 8] =
    ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

/// All that a level forbids in the spec of a pod, in the order of the published tables.
pub(super) fn violations(level: Level, spec: &Node) -> Vec<Violation<'_>> {
    let mut judge = Judge { level, spec, found: Vec::new() };
    judge.host();
    judge.privileges();
    judge.volumes();
    judge.modules();
    judge.seccomp();
    judge.sysctls();
    if level == Level::Restricted {
        judge.users();
    }
    judge.found
}

struct Judge<'a> {
    level: Level,
    spec: &'a Node,
    found: Vec<Violation<'a>>,
}

/// A container, or the pod itself: what may have a `securityContext`.
struct Holder<'a> {
    node: &'a Node,
    /// `containers.main.`, and empty for the pod.
    start: String,
}

impl<'a> Judge<'a> {
    fn containers(&self) -> Vec<Holder<'a>> {
        let mut holders = Vec::new();
        for field in ["initContainers", "containers", "ephemeralContainers"] {
            for (index, node) in items(self.spec, field).iter().enumerate() {
                let name = node.get("name").and_then(Node::as_str).map_or_else(|| format!("[{index}]"), str::to_owned);
                holders.push(Holder { node, start: format!("{field}.{name}.") });
            }
        }
        holders
    }

    fn everyone(&self) -> Vec<Holder<'a>> {
        let mut holders = vec![Holder { node: self.spec, start: String::new() }];
        holders.extend(self.containers());
        holders
    }

    fn add(&mut self, level: Level, path: String, stated: Option<&'a Node>, near: &'a Node, wanted: &str) {
        let node = stated.unwrap_or(near);
        self.found.push(Violation { path, stated: stated.map(show), node, wanted: wanted.to_owned(), level });
    }

    /// A field that may be left out, and must be right where it is not.
    fn optional(&mut self, holder: &Holder<'a>, path: &[&str], wanted: &str, right: impl Fn(&Node) -> bool) {
        if let Some(node) = present(holder.node, path).filter(|node| !right(node)) {
            self.add(Level::Baseline, format!("{}{}", holder.start, path.join(".")), Some(node), node, wanted);
        }
    }

    fn host(&mut self) {
        for holder in self.everyone() {
            self.optional(&holder, &["securityContext", "windowsOptions", "hostProcess"], "`false`", is_false);
        }
        let pod = Holder { node: self.spec, start: String::new() };
        for field in ["hostNetwork", "hostPID", "hostIPC"] {
            self.optional(&pod, &[field], "`false`", is_false);
        }
        for holder in self.containers() {
            for (index, port) in items(holder.node, "ports").iter().enumerate() {
                let name = port.get("name").and_then(Node::as_str).map_or_else(|| format!("[{index}]"), str::to_owned);
                let port = Holder { node: port, start: format!("{}ports.{name}.", holder.start) };
                self.optional(&port, &["hostPort"], "no port of the host", |node| node.as_integer() == Some(0));
            }
        }
    }

    fn privileges(&mut self) {
        // Windows has neither capabilities nor an escalation to allow.
        let linux = present(self.spec, &["os", "name"]).and_then(Node::as_str) != Some("windows");
        for holder in self.containers() {
            self.optional(&holder, &["securityContext", "privileged"], "`false`", is_false);
            if self.level == Level::Restricted && linux {
                let path = ["securityContext", "allowPrivilegeEscalation"];
                let stated = present(holder.node, &path);
                if !stated.is_some_and(is_false) {
                    self.add(
                        Level::Restricted,
                        format!("{}{}", holder.start, path.join(".")),
                        stated,
                        holder.node,
                        "`false`",
                    );
                }
            }
            self.capabilities(&holder, linux);
        }
    }

    fn capabilities(&mut self, holder: &Holder<'a>, linux: bool) {
        let strict = self.level == Level::Restricted && linux;
        let path = |field: &str| format!("{}securityContext.capabilities.{field}", holder.start);
        for node in list(holder.node, &["securityContext", "capabilities", "add"]) {
            let name = node.as_str().unwrap_or_default();
            let basic = BASELINE_CAPABILITIES.contains(&name);
            if !basic {
                let wanted = if strict { "at most `NET_BIND_SERVICE`" } else { "none beyond the default ones" };
                self.add(Level::Baseline, path("add"), Some(node), node, wanted);
            } else if strict && name != "NET_BIND_SERVICE" {
                self.add(Level::Restricted, path("add"), Some(node), node, "at most `NET_BIND_SERVICE`");
            }
        }
        let dropped = list(holder.node, &["securityContext", "capabilities", "drop"]);
        if strict && !dropped.iter().any(|node| node.as_str() == Some("ALL")) {
            let stated = present(holder.node, &["securityContext", "capabilities", "drop"]);
            self.add(Level::Restricted, path("drop"), stated, holder.node, "`[\"ALL\"]`");
        }
    }

    fn volumes(&mut self) {
        for volume in items(self.spec, "volumes") {
            let name = volume.get("name").and_then(Node::as_str).unwrap_or_default();
            for (source, node) in volume.as_map().into_iter().flatten() {
                let absent = matches!(node.value, NodeValue::Null);
                if &**source == "name" || absent || RESTRICTED_VOLUMES.contains(&&**source) {
                    continue;
                }
                let path = format!("volumes.{name}.{source}");
                if &**source == "hostPath" {
                    let path_node = node.get("path").unwrap_or(node);
                    self.add(Level::Baseline, path, Some(path_node), node, "no directory of the host");
                } else if self.level == Level::Restricted {
                    self.add(
                        Level::Restricted,
                        path,
                        Some(node),
                        node,
                        "a claim, or a volume that is no file system of the host",
                    );
                }
            }
        }
    }

    /// AppArmor, SELinux and the mask over `/proc`.
    fn modules(&mut self) {
        let types = ["", "container_t", "container_init_t", "container_kvm_t"];
        for holder in self.everyone() {
            let context = |path: &'static [&'static str]| [&["securityContext"], path].concat();
            self.optional(
                &holder,
                &context(&["appArmorProfile", "type"]),
                "`RuntimeDefault` or `Localhost`",
                is_confined,
            );
            self.optional(&holder, &context(&["seLinuxOptions", "type"]), "`container_t`, or nothing", |node| {
                node.as_str().is_some_and(|text| types.contains(&text))
            });
            for field in [&["seLinuxOptions", "user"], &["seLinuxOptions", "role"]] {
                self.optional(&holder, &context(field), "nothing", |node| node.as_str() == Some(""));
            }
        }
        for holder in self.containers() {
            self.optional(&holder, &["securityContext", "procMount"], "`Default`", |node| {
                node.as_str() == Some("Default")
            });
        }
    }

    fn seccomp(&mut self) {
        let path = ["securityContext", "seccompProfile", "type"];
        for holder in self.everyone() {
            self.optional(&holder, &path, "`RuntimeDefault` or `Localhost`", is_confined);
        }
        let windows = present(self.spec, &["os", "name"]).and_then(Node::as_str) == Some("windows");
        if self.level == Level::Restricted && !windows {
            self.inherited(&path, "`RuntimeDefault` or `Localhost`");
        }
    }

    fn sysctls(&mut self) {
        for node in list(self.spec, &["securityContext", "sysctls"]).iter().filter_map(|one| one.get("name")) {
            if !node.as_str().is_some_and(|name| SAFE_SYSCTLS.contains(&name)) {
                self.add(
                    Level::Baseline,
                    "securityContext.sysctls".to_owned(),
                    Some(node),
                    node,
                    "parameters that are the pod's own",
                );
            }
        }
    }

    fn users(&mut self) {
        let path = ["securityContext", "runAsNonRoot"];
        for holder in self.everyone() {
            if let Some(node) = present(holder.node, &path).filter(|node| is_false(node)) {
                self.add(Level::Restricted, format!("{}{}", holder.start, path.join(".")), Some(node), node, "`true`");
            }
        }
        self.inherited(&path, "`true`");
        for holder in self.everyone() {
            let path = ["securityContext", "runAsUser"];
            if let Some(node) = present(holder.node, &path).filter(|node| node.as_integer() == Some(0)) {
                let path = format!("{}{}", holder.start, path.join("."));
                self.add(Level::Restricted, path, Some(node), node, "another user than 0");
            }
        }
    }

    /// A field that the pod states for all its containers, or each container for itself. What is stated wrongly has
    /// been told; this is about what nobody states.
    fn inherited(&mut self, path: &[&str], wanted: &str) {
        let containers = self.containers();
        let silent = containers.iter().any(|holder| present(holder.node, path).is_none());
        if silent && present(self.spec, path).is_none() {
            self.add(Level::Restricted, path.join("."), None, self.spec, wanted);
        }
    }
}

fn items<'a>(node: &'a Node, field: &str) -> &'a [Node] {
    list(node, &[field])
}

fn list<'a>(node: &'a Node, path: &[&str]) -> &'a [Node] {
    node.at(path).map_or(&[], Node::items)
}

/// The node at a path; a `null` is the same as nothing to Kubernetes.
fn present<'a>(node: &'a Node, path: &[&str]) -> Option<&'a Node> {
    node.at(path).filter(|node| !matches!(node.value, NodeValue::Null))
}

fn is_false(node: &Node) -> bool {
    matches!(node.value, NodeValue::Bool(false))
}

fn is_confined(node: &Node) -> bool {
    matches!(node.as_str(), Some("RuntimeDefault" | "Localhost"))
}

/// A value in a message.
fn show(node: &Node) -> String {
    match &node.value {
        NodeValue::Null => "null".to_owned(),
        NodeValue::Bool(value) => value.to_string(),
        NodeValue::Integer(number) => number.to_string(),
        NodeValue::Decimal(text) | NodeValue::String(text) => text.to_string(),
        NodeValue::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        NodeValue::Map(_) => "{ … }".to_owned(),
    }
}
