//! One jq expression, compiled.

use std::collections::HashSet;
use std::fmt::{self, Display};
use std::sync::{Arc, OnceLock};

use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::load::{Arena, File, Loader, span};
use jaq_core::{Compiler, Ctx, Filter, Vars, compile::Undefined};
use serde_json::Value as Json;

use crate::event::Event;
use crate::json;
use crate::natives::{Data, Kind, Shared, functions};
use crate::parse::{self, Hint, Parse, SyntaxError};
use crate::runner::{self, Evaluator, Settings};
use crate::value::Value;

/// One expression, as Port evaluates it.
///
/// ```
/// use port_webhooks_mapping::{Event, Expression};
/// use serde_json::json;
///
/// let expression = Expression::compile(".body.ref | ltrimstr('refs/heads/')");
/// assert_eq!(expression.unwrap_err().position, 22, "a `'` is a quote only next to white space");
///
/// let expression = Expression::compile(r#".body.ref | ltrimstr("refs/heads/")"#)?;
/// let event = Event::from_value(&json!({"body": {"ref": "refs/heads/main"}}))?;
/// assert_eq!(expression.evaluate(&event)?, Some(json!("main")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias("jq", "filter"))]
#[derive(Clone)]
pub struct Expression(Arc<Field>);

/// An expression that Port's jq does not accept, and evaluates to null.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpressionError {
    /// The character at which it is wrong, counted from 1.
    pub position: usize,
    /// What is wrong.
    pub message: String,
}

impl Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "character {}: {}", self.position, self.message)
    }
}

impl std::error::Error for ExpressionError {}

/// An expression that failed, which is null in Port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluationError {
    message: String,
    absent: bool,
}

impl EvaluationError {
    /// Whether Port has no result for it, instead of null: jq's `error` with something else than a text.
    pub fn is_absent(&self) -> bool {
        self.absent
    }
}

impl Display for EvaluationError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EvaluationError {}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Expression")
    }
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    ///
    /// When Port's jq rejects it, or does not have a function that it calls.
    pub fn compile(expression: &str) -> Result<Self, ExpressionError> {
        let expression = Ok(Compiled::new(expression)?);
        Ok(Self(Arc::new(Field { number: 0, name: String::new(), expression })))
    }

    /// The first result for an event, if there is one.
    ///
    /// # Errors
    ///
    /// When it fails, or takes longer than 5 seconds: then Port has null.
    pub fn evaluate(&self, event: &Event) -> Result<Option<Json>, EvaluationError> {
        self.evaluate_with(event, &Settings::default())
    }

    /// The first result for an event, at a given time, or with another time limit.
    ///
    /// # Errors
    ///
    /// As [`evaluate`](Self::evaluate).
    pub fn evaluate_with(&self, event: &Event, settings: &Settings) -> Result<Option<Json>, EvaluationError> {
        let (field, json) = (self.0.clone(), event.json.clone());
        let outcome = runner::run(settings, move |evaluator| {
            let context = json::parse_in_javascript(&json).unwrap_or(Value::Null);
            match field.evaluate(evaluator, &context) {
                Outcome::Value(value) => Ok(Some(value.to_json())),
                Outcome::Absent => Ok(None),
                Outcome::Error(message) => Err(EvaluationError { message, absent: false }),
                Outcome::Raised(message) => Err(EvaluationError { message, absent: true }),
            }
        });
        let no_thread = || {
            Err(EvaluationError { message: "there is no thread to evaluate in".to_owned(), absent: false })
        };
        outcome.unwrap_or_else(no_thread)
    }
}

/// The outcome of an expression: its first result, no result, or an error.
#[derive(Debug)]
pub(crate) enum Outcome {
    Value(Value),
    Absent,
    Error(String),
    /// An error that is not a text, for which Port has no result.
    Raised(String),
}

/// An expression of a mapping or template, and its place. One that does not compile has its message, and is evaluated
/// to an error.
pub(crate) struct Field {
    pub(crate) number: usize,
    pub(crate) name: String,
    pub(crate) expression: Result<Compiled, String>,
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Field {
    pub(crate) fn evaluate(&self, evaluator: &Evaluator, input: &Value) -> Outcome {
        match &self.expression {
            Ok(compiled) => {
                let outcome = evaluator.limited(self.number, |shared| compiled.first(input.clone(), shared));
                outcome.unwrap_or_else(Outcome::Error)
            }
            Err(message) => Outcome::Error(message.clone()),
        }
    }
}

pub(crate) struct Compiled {
    filter: Filter<Kind>,
    pub(crate) hints: Vec<Hint>,
}

/// How deep a result may nest, so that its JSON cannot exhaust the stack of a caller.
const DEPTH: usize = 1000;

/// The characters of `\s` in JavaScript, the language of Port's library.
pub(crate) fn is_space(char: char) -> bool {
    char.is_whitespace() && char != '\u{85}' || char == '\u{feff}'
}

/// Makes `"` of each `'` that stands for one: `/(^|\s)'(?!\s|")|(?<!\s|")'(\s|$)/g` in Port's library, which goes on behind the
/// white space that it has matched. Positions stay as they are.
fn with_double_quotes(expression: &str) -> String {
    let chars: Vec<char> = expression.chars().collect();
    let outside = |char: Option<&char>| char.is_some_and(|char| is_space(*char) || *char == '"');
    let is_quote = |at: usize| chars.get(at) == Some(&'\'');
    let opens = |at: usize| is_quote(at) && !outside(chars.get(at + 1));
    let closes = |at: usize| {
        let inside = at == 0 || !outside(chars.get(at - 1));
        is_quote(at) && inside && chars.get(at + 1).is_none_or(|next| is_space(*next))
    };
    let mut out = String::with_capacity(expression.len());
    let mut at = 0;
    while let Some(char) = chars.get(at) {
        if at == 0 && opens(0) {
            out.push('"');
        } else if is_space(*char) && opens(at + 1) {
            out.extend([*char, '"']);
            at += 1;
        } else if closes(at) {
            out.push('"');
            out.extend(chars.get(at + 1));
            at += 1;
        } else {
            out.push(*char);
        }
        at += 1;
    }
    out
}

/// The definitions of builtins.jq that these calls need, in order: each uses only earlier ones.
fn builtins(calls: &[&str]) -> Result<Vec<Def<&'static str>>, SyntaxError> {
    static BUILTINS: OnceLock<Vec<Parse<'static, Def<&'static str>>>> = OnceLock::new();
    if BUILTINS.get().is_none() {
        let _ = BUILTINS.set(parse::definitions(include_str!("builtins.jq"))?);
    }
    let mut needed: HashSet<&str> = calls.iter().copied().collect();
    let mut definitions = Vec::new();
    for builtin in BUILTINS.get().into_iter().flatten().rev() {
        if needed.contains(builtin.term.name) {
            needed.extend(&builtin.calls);
            definitions.push(builtin.term.clone());
        }
    }
    definitions.reverse();
    Ok(definitions)
}

impl Compiled {
    /// Compiles where the stack is large, since parts of an expression may nest or follow each other a thousand times.
    ///
    /// # Errors
    ///
    /// When Port's jq does not accept it.
    pub(crate) fn new(expression: &str) -> Result<Self, ExpressionError> {
        let source = with_double_quotes(expression);
        let compiled = runner::in_thread(move || {
            Self::parse(&source).map_err(|error| {
                let before = source.get(..error.at).map_or(0, |before| before.chars().count());
                ExpressionError { position: before + 1, message: error.message }
            })
        });
        compiled
            .unwrap_or_else(|| Err(ExpressionError { position: 1, message: "cannot be compiled".to_owned() }))
    }

    fn parse(source: &str) -> Result<Self, SyntaxError> {
        let Parse { term, calls, hints } = parse::expression(source)?;
        let environment = BinaryOp::Pipe(Some(Pattern::Var("$ENV")));
        let body = Term::BinOp(Box::new(Term::Obj(Vec::new())), environment, Box::new(term));
        let main = Def { name: "!main", args: Vec::new(), body };
        let definitions = builtins(&calls)?.into_iter().chain([main]);
        let arena = Arena::default();
        let nowhere = |message: &str| SyntaxError { at: 0, message: message.to_owned() };
        // jaq parses this call itself, so it needs a name that jaq can read.
        let call =
            Def { name: "main_of_the_expression", args: Vec::new(), body: Term::Call("!main", Vec::new()) };
        let modules = Loader::new(definitions.chain([call]))
            .load(&arena, File { code: "main_of_the_expression", path: () })
            .map_err(|_| nowhere("cannot be loaded"))?;
        let filter = Compiler::default().with_funs(functions()).compile(modules).map_err(|errors| {
            let Some((name, what)) = errors.into_iter().flat_map(|(_, errors)| errors).next() else {
                return nowhere("cannot be compiled");
            };
            let inside = source.as_bytes().as_ptr_range().contains(&name.as_ptr());
            SyntaxError {
                at: if inside { span(source, name).start } else { 0 },
                message: undefined(name, &what),
            }
        })?;
        Ok(Self { filter, hints })
    }

    fn first(&self, input: Value, shared: &Shared) -> Outcome {
        let context = Ctx::<Kind>::new(Data { lut: &self.filter.lut, shared }, Vars::new([]));
        match self.filter.id.run((context, input)).next() {
            Some(Ok(value)) if value.is_deeper_than(DEPTH) => {
                Outcome::Error(format!("the result nests deeper than {DEPTH}"))
            }
            Some(Ok(value)) => Outcome::Value(value),
            None => Outcome::Absent,
            Some(Err(exception)) => match exception.get_err().map(jaq_core::Error::into_val) {
                Ok(Value::Text(message)) => Outcome::Error(message.to_string()),
                Ok(other) => Outcome::Raised(other.to_string()),
                Err(_) => Outcome::Absent,
            },
        }
    }
}

/// The reason why a name is not defined.
fn undefined(name: &str, what: &Undefined) -> String {
    const LEFT_OUT: [&str; 12] = [
        "halt",
        "halt_error",
        "input",
        "inputs",
        "debug",
        "stderr",
        "input_line_number",
        "get_search_list",
        "builtins",
        "modulemeta",
        "get_prog_origin",
        "get_jq_origin",
    ];
    match what {
        Undefined::Filter(_) if LEFT_OUT.contains(&name) => {
            format!("`{name}` is left out here: it has no use in Port")
        }
        Undefined::Filter(arity) => format!("Port's jq has no function `{name}/{arity}`"),
        Undefined::Label => format!("there is no label `{name}`"),
        _ => format!("`{name}` is not defined"),
    }
}
