//! Where the machines of a node type are, what they are, and whom they keep away: zones, region, provider, architecture,
//! instance type, taints.

use super::context::Evaluator;
use super::model::{ARCHITECTURE, Effect, INSTANCE_TYPE, OF_CONTROLLERS, REGION, Taint, ZONE};
use super::value::{Record, Value};
use crate::diag::{Diagnostic, codes, suggest};
use crate::source::Span;
use crate::types::Type;

/// The fields of a node that this module reads.
pub(super) const FIELDS: [&str; 8] =
    ["labels", "taints", "zone", "zones", "region", "provider", "arch", "instance-type"];

/// What is said of the place of a node type.
pub(super) struct Domains {
    pub(super) labels: Vec<(String, String)>,
    pub(super) taints: Vec<Taint>,
    pub(super) zones: Vec<String>,
    pub(super) provider: Option<String>,
}

impl Evaluator<'_> {
    pub(super) fn domains(&mut self, record: &Record, count: u64) -> Domains {
        let mut labels = self.labels(record);
        for (field, key) in [("region", REGION), ("arch", ARCHITECTURE), ("instance-type", INSTANCE_TYPE)] {
            if let Some((span, value)) = self.text_of(record, field) {
                self.refuse_second(&labels, key, field, span);
                labels.push((key.to_owned(), value));
            }
        }
        let zones = self.zones(record, count, &labels);
        let provider = self.text_of(record, "provider").map(|(_, provider)| provider);
        Domains { labels, taints: self.taints(record), zones, provider }
    }

    fn labels(&mut self, record: &Record) -> Vec<(String, String)> {
        let Some((_, value)) = record.get("labels") else { return Vec::new() };
        let Some(labels) = value.as_record() else {
            self.mismatch("`labels` is a record", value);
            return Vec::new();
        };
        let mut read = Vec::new();
        for (key, (_, value)) in labels {
            let text = self.coerce(value.clone(), &Type::String, &format!("the label `{key}`"));
            read.extend(text.as_str().map(|text| (key.to_string(), text.to_owned())));
        }
        read
    }

    /// A text that is not empty, with its place.
    fn text_of(&mut self, record: &Record, field: &str) -> Option<(Span, String)> {
        let (_, value) = record.get(field)?;
        let value = self.coerce(value.clone(), &Type::String, &format!("`{field}`"));
        let text = value.as_str()?;
        if text.is_empty() {
            self.report(
                Diagnostic::error(codes::HARDWARE, value.span, format!("the `{field}` of a node is empty"))
                    .at("names nothing")
                    .help("name it, or leave it out where nobody knows it"),
            );
            return None;
        }
        Some((value.span, text.to_owned()))
    }

    /// A fact that a label states, too: nobody could say which of the two counts.
    fn refuse_second(&mut self, labels: &[(String, String)], key: &str, field: &str, span: Span) {
        if labels.iter().any(|(other, _)| other == key) {
            self.report(
                Diagnostic::error(
                    codes::HARDWARE,
                    span,
                    format!("`{field}` and the label `{key}` state the same thing"),
                )
                .at("stated here, too")
                .help(format!("leave the label out: `{field}` states it")),
            );
        }
    }

    fn zones(&mut self, record: &Record, count: u64, labels: &[(String, String)]) -> Vec<String> {
        let one = self.text_of(record, "zone");
        if let Some((span, _)) = &one {
            self.refuse_second(labels, ZONE, "zone", *span);
        }
        let Some((_, value)) = record.get("zones") else { return one.map(|(_, zone)| zone).into_iter().collect() };
        let span = value.span;
        self.refuse_second(labels, ZONE, "zones", span);
        let list = Type::List(std::rc::Rc::new(Type::String));
        let value = self.coerce(value.clone(), &list, "`zones`");
        let zones: Vec<String> =
            value.as_list().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let is_twice = (1..zones.len()).any(|at| zones[..at].contains(&zones[at]));
        let fault = if one.is_some() {
            Some(("a node has both a `zone` and `zones`".to_owned(), "write one of them"))
        } else if zones.is_empty() || is_twice || zones.iter().any(String::is_empty) {
            Some((
                "`zones` is empty, or names one twice".to_owned(),
                "name each zone once, as in `zones = [\"a\", \"b\"]`",
            ))
        } else if (zones.len() as u64) > count {
            let message = format!("{} zones are named and there are {count} nodes", zones.len());
            Some((message, "name as many zones as there are nodes, or fewer: each has a node"))
        } else {
            None
        };
        match fault {
            Some((message, help)) => {
                self.report(
                    Diagnostic::error(codes::HARDWARE, span, message).at("the zones of one node type").help(help),
                );
                Vec::new()
            }
            None => zones,
        }
    }

    fn taints(&mut self, record: &Record) -> Vec<Taint> {
        let Some((_, value)) = record.get("taints") else { return Vec::new() };
        let Some(list) = value.as_list() else {
            self.mismatch("`taints` is a list", value);
            return Vec::new();
        };
        list.iter().filter_map(|taint| self.taint(taint)).collect()
    }

    /// `"key"`, `"key:Effect"`, `"key=value:Effect"` as `kubectl taint` has it, or a record of the three.
    fn taint(&mut self, value: &Value) -> Option<Taint> {
        let (key, of_key, effect) = match value.as_record() {
            Some(record) => {
                self.refuse_unknown(record, &["key", "value", "effect"], "a taint");
                let (_, key) = self.text_of(record, "key").or_else(|| {
                    self.report(
                        Diagnostic::error(codes::HARDWARE, value.span, "a taint has no `key`").at("`key` is not given"),
                    );
                    None
                })?;
                let of_key = record.get("value").and_then(|(_, value)| value.as_str()).unwrap_or_default().to_owned();
                (key, of_key, self.text_of(record, "effect").map(|(_, effect)| effect))
            }
            None => {
                let value = self.coerce(value.clone(), &Type::String, "a taint");
                let text = value.as_str()?;
                let (head, effect) = match text.split_once(':') {
                    Some((head, effect)) => (head, Some(effect.to_owned())),
                    None => (text, None),
                };
                let (key, of_key) = head.split_once('=').unwrap_or((head, ""));
                (key.to_owned(), of_key.to_owned(), effect)
            }
        };
        let effect = effect.unwrap_or_else(|| Effect::NoSchedule.key().to_owned());
        let Some(known) = Effect::ALL.into_iter().find(|known| known.key() == effect) else {
            let names = Effect::ALL.map(Effect::key);
            let mut diagnostic =
                Diagnostic::error(codes::HARDWARE, value.span, format!("a taint has no effect `{effect}`"))
                    .at("no effect of a taint");
            diagnostic = match suggest::closest(&effect, names) {
                Some(close) => diagnostic.help(format!("did you mean `{close}`?")).correct(
                    value.span,
                    format!("{key}{}{of_key}:{effect}", if of_key.is_empty() { "" } else { "=" }),
                    format!("{key}{}{of_key}:{close}", if of_key.is_empty() { "" } else { "=" }),
                ),
                None => diagnostic.help("write `\"spot=true:PreferNoSchedule\"`, `\"gpu:NoSchedule\"` or `NoExecute`"),
            };
            self.report(diagnostic);
            return None;
        };
        if key.is_empty() || key.starts_with(OF_CONTROLLERS) {
            self.report(
                Diagnostic::error(codes::HARDWARE, value.span, format!("`{key}` is no taint that a node type has"))
                    .at("controllers set and remove it, or it has no key")
                    .help("leave it out: the proof is about nodes that are ready"),
            );
            return None;
        }
        Some(Taint { key, value: of_key, effect: known })
    }
}
