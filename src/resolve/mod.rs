//! From trees to names: which files belong together and what each name means.
//!
//! `load` reads modules through the [`World`](crate::world::World), `program` indexes what they declare, `types`
//! resolves type expressions, `names` checks every name that the author wrote, whether it will be evaluated or not.

mod flatten;
mod imports;
mod kinds;
mod load;
mod names;
mod program;
mod types;

pub use flatten::{Guard, Located, flatten};
pub(crate) use load::join as join_path;
pub use load::{Loaded, LoadedModule, load};
pub use names::{check_inputs, check_names};
pub use program::{ApiItem, FileScope, Imported, KindInfo, Member, ModuleScope, Program, TypeItem, ValueItem};
