//! What each kind emits, byte for byte. `INSTA_UPDATE=always cargo test --test library` accepts a change.

use std::fmt::Write as _;

use vaubanc::data::yaml;

use crate::modules;

#[test]
fn what_a_kind_emits_changes_only_on_purpose() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("expected");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, compilation) in modules() {
            let view = compilation.views.first().expect("a module without errors has a view");
            let mut text = String::new();
            for object in &view.objects {
                if let Some(stands_for) = &object.stands_for {
                    // Writing to a String cannot fail.
                    let _ = writeln!(text, "# footprint of {} {}", stands_for.kind, stands_for.name);
                }
                text.push_str(&yaml::document(&object.body));
                text.push_str("---\n");
            }
            for secret in &view.model.secrets {
                let _ = writeln!(text, "# Secret {}", secret.name);
                for key in &secret.keys {
                    let _ = writeln!(text, "#   {} = {}", key.name, key.template);
                }
            }
            insta::assert_snapshot!(name.as_str(), text);
        }
    });
}
