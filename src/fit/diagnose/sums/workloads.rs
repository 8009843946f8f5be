//! Workloads of which no sum can be made.

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::eval::model::Model;
use crate::fit::{Sums, words};
use crate::objects::quantity::bytes_text;

pub(super) fn diagnose(sums: &Sums, model: &Model, out: &mut Diagnostics) {
    nowhere(sums, out);
    promised(sums, out);
    unbudgeted(sums, out);
    unbounded(sums, model, out);
}

fn nowhere(sums: &Sums, out: &mut Diagnostics) {
    for one in sums.nowhere.iter().filter(|one| one.per_node) {
        let message = match one.is_open {
            true => format!("nobody says whether a node takes the pods of `{}`", one.label),
            false => format!("no node takes the pods of `{}`", one.label),
        };
        out.push(
            Diagnostic::warning(codes::NOWHERE, one.span, message)
                .at("one pod on each node that takes it")
                .note(one.lack.note.as_str())
                .help(one.lack.help.as_str())
                .of(one.instance.as_str()),
        );
    }
}

fn promised(sums: &Sums, out: &mut Diagnostics) {
    for one in &sums.promised {
        out.push(
            Diagnostic::warning(codes::SCRATCH, one.span, words::promised(one))
                .at(format!("{} are promised", bytes_text(one.most)))
                .note(words::consequence(&one.why))
                .help(words::smaller(one))
                .of(one.instance.as_str()),
        );
    }
}

fn unbudgeted(sums: &Sums, out: &mut Diagnostics) {
    for one in &sums.unbudgeted {
        let missing = one.missing.join(" and no ");
        let message = format!("container `{}` of `{}` requests no {missing}", one.container, one.label);
        out.push(
            Diagnostic::error(codes::UNBUDGETED, one.span, message)
                .at(format!("requests no {missing}"))
                .note("the scheduler places such a pod as if it needed nothing, so what it uses is in no proof about its node")
                .help(format!(
                    "state {} for it, or say why it needs none: `accept unbudgeted of {} \"…\"`",
                    one.missing.join(" and "),
                    one.instance
                ))
                .of(one.instance.as_str()),
        );
    }
}

fn unbounded(sums: &Sums, model: &Model, out: &mut Diagnostics) {
    for one in &sums.unbounded {
        let name = &model.instance(one.instance).name;
        let message = format!("the autoscaler `{}` of `{name}` has no maximum", one.name);
        out.push(
            Diagnostic::error(codes::UNBOUNDED_AUTOSCALER, one.span, message)
                .at(format!("this {} may ask for any number of pods", one.kind))
                .help("give the replicas an upper end, such as `replicas = 2..5`")
                .of(name.as_str()),
        );
    }
}
