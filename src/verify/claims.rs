//! Evidence on volumes: `disks`, and its refusals.

use std::collections::BTreeSet;

use crate::verify::nodes::Disk;
use crate::verify::pods::ClaimTemplate;
use crate::verify::quantity::{add, times};
use crate::verify::rows::{agree, row, text};
use crate::verify::situation::{Situation, World};
use crate::verify::value::{Checked, Value};
use crate::verify::workloads::Kind;

/// A claim, or the claims of all pods of a type from one template.
pub(crate) struct Claim {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) class: String,
    pub(crate) each: i128,
    /// For a daemon set the number for each node.
    count: i128,
    per_node: i128,
    /// For each class of nodes, whether the claim may come to lie there.
    nodes: Vec<bool>,
    /// The number of claims in all.
    pub(crate) total: i128,
}

/// All claims at the peak.
pub(crate) fn claims(world: &World, peak: &Situation) -> Checked<Vec<Claim>> {
    let default = default_class(world)?;
    let class = |stated: &Option<String>, name: &str| {
        let class = stated.clone().or_else(|| default.clone());
        class.ok_or_else(|| format!("nothing says which storage class `{name}` has"))
    };
    let mut claims = Vec::new();
    for source in &world.sources {
        let identity = &source.identity;
        if !identity.group.is_empty() || identity.kind != "PersistentVolumeClaim" {
            continue;
        }
        let name = format!("{}/{}", identity.namespace, identity.name);
        let template = ClaimTemplate::of(&identity.name, source.object.get("spec"))?;
        let mounts = world
            .types
            .iter()
            .filter(|one| one.namespace == identity.namespace && one.pod.mounted.contains(&identity.name));
        let mounts: Vec<&Vec<bool>> = mounts.map(|one| &one.eligible).collect();
        let here = |class: usize| mounts.is_empty() || mounts.iter().any(|eligible| eligible[class]);
        claims.push(Claim {
            class: class(&template.class, &name)?,
            name,
            namespace: identity.namespace.clone(),
            each: template.each,
            count: 1,
            per_node: 1,
            nodes: (0..world.classes.len()).map(here).collect(),
            total: 1,
        });
    }
    for (index, one) in world.types.iter().enumerate() {
        for template in one.templates.iter().chain(&one.pod.ephemeral) {
            let name = format!("{} {}", one.name, template.name);
            let stays = one.kind == Kind::StatefulSet && !one.templates.is_empty();
            let count = peak.counts[index];
            claims.push(Claim {
                class: class(&template.class, &name)?,
                name,
                namespace: one.namespace.clone(),
                each: template.each,
                count,
                per_node: if stays {
                    world.most_by_rules(peak, index, one.nodes)
                } else {
                    world.most(peak, index, one.nodes)
                },
                nodes: one.eligible.clone(),
                total: one.pods(count)?,
            });
        }
    }
    Ok(claims)
}

fn default_class(world: &World) -> Checked<Option<String>> {
    let mut marked = BTreeSet::new();
    for source in &world.sources {
        let annotations = source.object.at("metadata.annotations");
        let key = "storageclass.kubernetes.io/is-default-class";
        let is_class = source.identity.group == "storage.k8s.io" && source.identity.kind == "StorageClass";
        if is_class && annotations.get(key).text(key)? == Some("true") {
            marked.insert(source.identity.name.clone());
        }
    }
    if marked.is_empty() {
        marked =
            world.nodes.iter().flat_map(|node| &node.disks).filter_map(|disk| disk.storage_class.clone()).collect();
    }
    let is_one = marked.len() == 1;
    Ok(marked.into_iter().next().filter(|_| is_one))
}

fn serves(disk: &Disk, claim: &Claim) -> bool {
    disk.storage_class.as_deref() == Some(claim.class.as_str())
}

/// `disks`: every disk holds all that may come to it.
pub(crate) fn disks(world: &World, peak: &Situation, evidence: &Value) -> Checked<()> {
    let claims = claims(world, peak)?;
    let rows: Vec<Value> = claims
        .iter()
        .map(|claim| {
            row([
                ("claim", text(&claim.name)),
                ("storageClass", text(&claim.class)),
                ("each", Value::Integer(claim.each)),
                ("count", Value::Integer(claim.count)),
                ("perNode", Value::Integer(claim.per_node)),
            ])
        })
        .collect();
    let is_there = |row: &Value| row.get("count") != &Value::Integer(0);
    agree(evidence.get("claims"), "claims", &rows, &["claim"], is_there)?;
    for claim in claims.iter().filter(|claim| claim.count > 0) {
        let mut places = world.classes.iter().zip(&claim.nodes).filter(|(_, here)| **here).peekable();
        if places.peek().is_none() {
            return Err(format!("`{}` has no node", claim.name));
        }
        if let Some((class, _)) = places.find(|(class, _)| !class.disks.iter().any(|disk| serves(disk, claim))) {
            return Err(format!(
                "the nodes of `{}` have no disk of `{}` for `{}`",
                class.name, claim.class, claim.name
            ));
        }
    }
    let mut sums = Vec::new();
    for (index, class) in world.classes.iter().enumerate() {
        for disk in &class.disks {
            let mut sum = 0;
            for claim in claims.iter().filter(|claim| claim.nodes[index] && serves(disk, claim)) {
                sum = add(sum, times(claim.per_node, claim.each)?)?;
            }
            if sum > disk.usable {
                return Err(format!(
                    "`{}` of `{}` has to hold {sum}, more than {}",
                    disk.name, class.name, disk.usable
                ));
            }
            sums.push(row([
                ("class", text(&class.name)),
                ("disk", text(&disk.name)),
                ("sum", Value::Integer(sum)),
                ("usable", Value::Integer(disk.usable)),
            ]));
        }
    }
    // A disk that nothing comes to may be left out.
    agree(evidence.get("sums"), "sums", &sums, &["class", "disk"], |row| row.get("sum") != &Value::Integer(0))
}

/// The refusals of S6: `unserved`, `claim-oversize`, `claims-sum`.
pub(crate) fn refuse(world: &World, peak: &Situation, evidence: &Value) -> Checked<()> {
    let claims = claims(world, peak)?;
    let stated = |key: &str| evidence.get(key).needed_integer(key);
    let kind = evidence.get("kind").needed_text("kind")?;
    if kind == "claims-sum" {
        let class = evidence.get("storageClass").needed_text("storageClass")?;
        let (mut demand, mut usable) = (0, 0);
        for claim in claims.iter().filter(|claim| claim.class == class) {
            demand = add(demand, times(claim.total, claim.each)?)?;
        }
        for disk in world.nodes.iter().flat_map(|node| &node.disks) {
            usable = add(usable, if disk.storage_class.as_deref() == Some(class) { disk.usable } else { 0 })?;
        }
        let agrees = stated("demand")? == demand && stated("usable")? == usable;
        return decide(agrees && demand > usable, &format!("`{class}` is asked for {demand} and has {usable}"));
    }
    let name = evidence.get("claim").needed_text("claim")?;
    let claim = claims.iter().find(|claim| claim.name == name && claim.count > 0);
    let claim = claim.ok_or_else(|| format!("there is no claim `{name}`"))?;
    let places = || world.classes.iter().zip(&claim.nodes).filter(|(_, here)| **here).map(|(class, _)| class);
    let largest =
        places().flat_map(|class| &class.disks).filter(|disk| serves(disk, claim)).map(|disk| disk.usable).max();
    if kind == "unserved" {
        let agrees = evidence.get("storageClass").text("storageClass")? == Some(&claim.class);
        return decide(
            agrees && largest.is_none(),
            &format!("`{name}` asks for `{}`, which its nodes have or not", claim.class),
        );
    }
    let usable = largest.ok_or_else(|| format!("no disk serves `{name}`"))?;
    let agrees = stated("each")? == claim.each && stated("usable")? == usable;
    decide(agrees && claim.each > usable, &format!("`{name}` is {} and the largest disk {usable}", claim.each))
}

/// A refusal that holds, or what is so instead.
pub(crate) fn decide(holds: bool, otherwise: &str) -> Checked<()> {
    if holds { Ok(()) } else { Err(format!("the evidence of a refusal does not hold: {otherwise}")) }
}
