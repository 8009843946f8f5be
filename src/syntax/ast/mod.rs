//! The syntax tree: what the author wrote, with the place of every word, and nothing about what it means.
//!
//! The tree is whole for the whole language. One form, the [`Body`], serves records, kinds, components, hardware,
//! environments, policies and tests alike, so that a new block such as `probe` or `scenario` needs no grammar.

mod body;
mod expression;
mod item;

pub use body::{
    AcceptStatement, Attribute, Body, EdgeStatement, EmitStatement, EmitVerb, Entry, EntryKind, Expectation, ForEntry,
    Given, IfEntry, Key, KeyKind, OutputEntry, Parameter, RequireStatement, Strength, Word,
};
pub use expression::{
    Argument, BinaryOperator, Expression, ExpressionKind, ListElement, Literal, MatchArm, NumberLiteral, StringPart,
    TypeExpression, TypeKind, UnaryOperator,
};
pub use item::{
    Api, Budget, Environment, File, Function, Import, Input, Instance, InstanceClass, Item, ItemKind, Kind, LetItem,
    Policy, TestItem, TypeItem, UseItem,
};
