#![doc = include_str!("../README.md")]
mod evaluation;
mod event;
mod expression;
mod json;
mod mappings;
mod natives;
mod parse;
mod regex;
mod runner;
mod template;
mod time;
mod value;

pub use evaluation::{Entity, Evaluation, FieldError, Reason, Skipped};
pub use event::{Event, EventError};
pub use expression::{EvaluationError, Expression, ExpressionError};
pub use mappings::{CompileError, CompileErrors, Mappings, Operation, Warning};
pub use runner::Settings;
pub use template::{Rendered, Template, TemplateError, render};
