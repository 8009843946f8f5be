//! Workloads that cannot be proved or disrupted, and facts that contradict each other.

use crate::analysis::Analysis;
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::eval::model::{Model, Statement};

pub(super) fn diagnose(analysis: &Analysis, model: &Model, out: &mut Diagnostics) {
    nowhere(analysis, out);
    unbudgeted(analysis, out);
    unbounded(analysis, model, out);
    disruption(analysis, out);
    contradictions(model, out);
}

fn nowhere(analysis: &Analysis, out: &mut Diagnostics) {
    for one in analysis.nowhere.iter().filter(|one| one.per_node) {
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

fn unbudgeted(analysis: &Analysis, out: &mut Diagnostics) {
    for one in &analysis.unbudgeted {
        let missing = one.missing.join(" and no ");
        let message = format!("container `{}` of `{}` requests no {missing}", one.container, one.label);
        out.push(
            Diagnostic::error(codes::UNBUDGETED, one.span, message)
                .at(format!("requests no {missing}"))
                .note("the scheduler places such a pod as if it needed nothing, so no proof about its node would hold")
                .help(format!("state {} for it", one.missing.join(" and ")))
                .of(one.instance.as_str()),
        );
    }
}

fn unbounded(analysis: &Analysis, model: &Model, out: &mut Diagnostics) {
    for one in &analysis.unbounded {
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

fn disruption(analysis: &Analysis, out: &mut Diagnostics) {
    for one in analysis.disruption.iter().filter(|one| one.allowed == 0) {
        let pods = if one.pods == 1 { "pod".to_owned() } else { "pods".to_owned() };
        let message = format!("the disruption budget of `{}` lets none of its {} {pods} go", one.instance, one.pods);
        let help = if one.pods > 1 || one.text == "0" {
            "`maxUnavailable: 1` lets nodes be drained one pod at a time"
        } else {
            "run a second replica, or leave the disruption budget out: with one pod it only blocks every drain"
        };
        out.push(
            Diagnostic::error(codes::DISRUPTION_BUDGET, one.span, message)
                .at(format!("`{}` is {}", one.key, one.text))
                .label(one.count_span, format!("the least count is {}", one.pods))
                .note("no node on which one of them runs can ever be drained")
                .help(help)
                .of(one.instance.as_str()),
        );
    }
}

fn contradictions(model: &Model, out: &mut Diagnostics) {
    for restated in model.restated.iter().filter(|restated| !restated.equal) {
        let name = &model.instance(restated.instance).name;
        let said = |statement: &Statement| match &statement.origin {
            Some(origin) => format!("`{}` ({origin})", statement.text),
            None => format!("`{}`", statement.text),
        };
        let message = format!(
            "`{}` of `{name}` is stated twice: {} and {}",
            restated.path,
            said(&restated.first),
            said(&restated.second)
        );
        out.push(
            Diagnostic::error(codes::CONTRADICTION, restated.second.span, message)
                .at(format!("here it is {}", said(&restated.second)))
                .label(restated.first.span, format!("{} is used", said(&restated.first)))
                .help(format!("make them equal, or `accept contradiction of {name} \"…\"`"))
                .of(name.as_str()),
        );
    }
}
