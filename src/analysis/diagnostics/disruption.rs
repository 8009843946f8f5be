//! Workloads that cannot be disrupted, and facts that contradict each other.

use crate::analysis::Analysis;
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::eval::model::{Model, Statement};

pub(super) fn diagnose(analysis: &Analysis, model: &Model, out: &mut Diagnostics) {
    disruption(analysis, out);
    contradictions(model, out);
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
