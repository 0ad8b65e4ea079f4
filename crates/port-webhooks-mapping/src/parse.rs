//! The grammar of Port's jq, which is between jq 1.5 and 1.6. An expression that it rejects is null in Port; jaq's own
//! parser accepts more, and would give values where Port has null.
//!
//! The result is a term that jaq compiles. Where jaq would evaluate a term differently from jq, the term is spelled
//! out: operands
//! from right to left, the last state of a `reduce`, updates path by path. Names that begin with `!` are ours.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::ops::{Cmp, Math};
use jaq_core::path::{Opt, Part, Path};

type Expr<'s> = Term<&'s str>;

/// Where an expression is wrong, as the index of a byte, and what is wrong.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub(crate) at: usize,
    pub(crate) message: String,
}

/// Something that an expression names, for warnings.
#[derive(Debug, PartialEq)]
pub(crate) enum Hint {
    /// A path from the event, such as `.headers.accept`: its first keys.
    Path(Vec<String>),
    /// A regular expression that is a constant.
    Regex(String),
}

type Parsed<T> = Result<T, SyntaxError>;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Token<'s> {
    End,
    /// `.name`
    Field(&'s str),
    Name(&'s str),
    Keyword(&'s str),
    Number(&'s str),
    /// `@name`
    Format(&'s str),
    /// `"`; what follows is read by [`Parser::text`].
    Quote,
    Symbol(&'s str),
}

const KEYWORDS: [&str; 19] = [
    "__loc__", "and", "as", "break", "catch", "def", "elif", "else", "end", "foreach", "if", "import",
    "include", "label", "module", "or", "reduce", "then", "try",
];
/// The longest first.
const SYMBOLS: [&str; 35] = [
    "?//", "//=", "!=", "==", "//", "|=", "+=", "-=", "*=", "/=", "%=", "<=", ">=", "..", ".", "?", "=", ";",
    ",", ":", "|", "+", "-", "*", "/", "%", "$", "<", ">", "[", "{", "(", "]", "}", ")",
];
/// How deep an expression may nest, so that it cannot exhaust the stack.
const DEPTH: usize = 1000;

fn name_length(text: &str) -> usize {
    if !text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
        return 0;
    }
    text.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(text.len())
}

fn number_length(text: &str) -> usize {
    let digits = |text: &str| text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let length = text.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(text.len());
    if length == 0 {
        return 0;
    }
    let exponent =
        text[length..].strip_prefix(['e', 'E']).map_or("", |rest| rest.trim_start_matches(['+', '-']));
    // One sign at most.
    let from = text.len() - exponent.len();
    match digits(exponent) {
        0 => length,
        _ if from - length > 2 => length,
        exponent => from + exponent,
    }
}

pub(crate) struct Parser<'s> {
    source: &'s str,
    token: Token<'s>,
    /// Where the token begins and ends.
    start: usize,
    end: usize,
    depth: usize,
    /// Whether `.` is the event here, for all that is known.
    at_root: bool,
    hints: Vec<Hint>,
    /// The functions that are called.
    calls: Vec<&'s str>,
    /// Whether these definitions are those of builtins.jq.
    in_library: bool,
}

/// A parsed expression or definition.
pub(crate) struct Parse<'s, T> {
    pub(crate) term: T,
    /// The functions that are called, some of them perhaps its own.
    pub(crate) calls: Vec<&'s str>,
    pub(crate) hints: Vec<Hint>,
}

/// Parses an expression.
pub(crate) fn expression(source: &str) -> Parsed<Parse<'_, Expr<'_>>> {
    let mut parser = Parser::new(source)?;
    let term = parser.pipe()?;
    if parser.token != Token::End {
        return Err(parser.unexpected());
    }
    Ok(Parse { term, calls: parser.calls, hints: parser.hints })
}

/// Parses the definitions of a library.
pub(crate) fn definitions(source: &str) -> Parsed<Vec<Parse<'_, Def<&str>>>> {
    let mut parser = Parser::new(source)?;
    parser.in_library = true;
    let mut definitions = Vec::new();
    while parser.token != Token::End {
        let (term, calls) = (parser.definition()?, std::mem::take(&mut parser.calls));
        definitions.push(Parse { term, calls, hints: Vec::new() });
    }
    Ok(definitions)
}

fn call<'s>(name: &'s str, arguments: impl Into<Vec<Expr<'s>>>) -> Expr<'s> {
    Term::Call(name, arguments.into())
}

fn text(text: &str) -> Expr<'_> {
    Term::Str(None, vec![StrPart::Str(text)])
}

fn binary<'s>(left: Expr<'s>, operator: BinaryOp<&'s str>, right: Expr<'s>) -> Expr<'s> {
    Term::BinOp(Box::new(left), operator, Box::new(right))
}

/// `value as $name | body`
fn bind<'s>(value: Expr<'s>, name: &'s str, body: Expr<'s>) -> Expr<'s> {
    match value {
        Term::TryCatch(..) => caught(value, vec![name], body, |value, rest| bind(value, name, rest)),
        value => binary(value, BinaryOp::Pipe(Some(Pattern::Var(name))), body),
    }
}

/// `left | right`
fn pipe<'s>(left: Expr<'s>, right: Expr<'s>) -> Expr<'s> {
    match left {
        Term::TryCatch(..) => caught(left, Vec::new(), right, pipe),
        Term::BinOp(first, BinaryOp::Pipe(None), last) if matches!(*last, Term::TryCatch(..)) => {
            binary(*first, BinaryOp::Pipe(None), pipe(*last, right))
        }
        Term::BinOp(first, BinaryOp::Alt, otherwise) if matches!(*first, Term::TryCatch(..)) => {
            let (yes, no) = (call("!true", []), call("!false", []));
            let none = at(Term::Arr(None), Part::Range(None, None), Opt::Essential);
            let if_true = |then, none| Term::IfThenElse(vec![(Term::Id, then)], Some(Box::new(none)));
            let found = binary((*first).clone(), BinaryOp::Pipe(None), if_true(yes, none.clone()));
            let found = call("_first", [binary(found, BinaryOp::Comma, no)]);
            let then = caught(*first, Vec::new(), call("!more", []), |value, rest| {
                pipe(value, binary(if_true(Term::Id, none.clone()), BinaryOp::Pipe(None), rest))
            });
            let otherwise = pipe(*otherwise, call("!more", []));
            let chosen = Term::IfThenElse(vec![(found, then)], Some(Box::new(otherwise)));
            if matches!(right, Term::Call("!more", _)) {
                return chosen;
            }
            Term::Def(vec![Def { name: "!more", args: Vec::new(), body: right }], Box::new(chosen))
        }
        left => binary(left, BinaryOp::Pipe(None), right),
    }
}

/// jq's `try` also catches the errors of what its results go to, since it is left only when it has no more results.
fn caught<'s>(
    tried: Expr<'s>,
    variables: Vec<&'s str>,
    rest: Expr<'s>,
    join: impl Fn(Expr<'s>, Expr<'s>) -> Expr<'s>,
) -> Expr<'s> {
    let Term::TryCatch(body, handler) = tried else { return join(tried, rest) };
    let again = call("!rest", variables.iter().map(|name| Term::Var(*name)).collect::<Vec<_>>());
    let handler = handler.map(|handler| Box::new(join(*handler, again.clone())));
    let joined = Term::TryCatch(Box::new(join(*body, again)), handler);
    if matches!(rest, Term::Call("!rest", _)) {
        return joined;
    }
    Term::Def(vec![Def { name: "!rest", args: variables, body: rest }], Box::new(joined))
}

/// Whether a term has one result and cannot fail: then it does not matter when it is evaluated.
fn is_plain(term: &Expr) -> bool {
    matches!(term, Term::Id | Term::Num(_) | Term::Var(_))
        || matches!(term, Term::Str(None, parts) if !parts.iter().any(|part| matches!(part, StrPart::Term(_))))
}

/// The number that a term is, which jq calculates when it compiles.
fn constant(term: &Expr) -> Option<f64> {
    match term {
        Term::Num(number) => number.parse().ok(),
        Term::BinOp(left, BinaryOp::Math(operator), right) => {
            let (left, right) = (constant(left)?, constant(right)?);
            match operator {
                Math::Add => Some(left + right),
                Math::Sub => Some(left - right),
                Math::Mul => Some(left * right),
                Math::Div => Some(left / right),
                Math::Rem => None,
            }
        }
        _ => None,
    }
}

/// Whether a term has at most one result, and none only with an error.
fn is_single(term: &Expr) -> bool {
    match term {
        Term::Path(of, Path(parts)) => {
            is_single(of)
                && parts.iter().all(|(part, opt)| match part {
                    Part::Index(index) => matches!(opt, Opt::Essential) && is_single(index),
                    Part::Range(from, to) => {
                        matches!(opt, Opt::Essential)
                            && (from.is_some() || to.is_some())
                            && from.iter().chain(to).all(is_single)
                    }
                })
        }
        Term::BinOp(left, BinaryOp::Math(_) | BinaryOp::Cmp(_) | BinaryOp::Pipe(_), right) => {
            is_single(left) && is_single(right)
        }
        Term::Obj(members) => {
            members.iter().all(|(key, value)| is_single(key) && value.as_ref().is_none_or(is_single))
        }
        Term::Arr(_) => true,
        Term::IfThenElse(branches, otherwise) => {
            branches.iter().all(|(condition, then)| is_single(condition) && is_single(then))
                && otherwise.as_ref().is_some_and(|otherwise| is_single(otherwise))
        }
        term => is_plain(term),
    }
}

/// An operation on two values. jq evaluates the right one first, and for each of its results the left one.
fn operation<'s>(left: Expr<'s>, operator: BinaryOp<&'s str>, right: Expr<'s>) -> Expr<'s> {
    let tries = matches!(left, Term::TryCatch(..)) || matches!(right, Term::TryCatch(..));
    if !tries && (is_plain(&left) || is_plain(&right) || (is_single(&left) && is_single(&right))) {
        return binary(left, operator, right);
    }
    let both = binary(Term::Var("$!left"), operator, Term::Var("$!right"));
    bind(right, "$!right", bind(left, "$!left", both))
}

fn at<'s>(of: Expr<'s>, part: Part<Expr<'s>>, opt: Opt) -> Expr<'s> {
    Term::Path(Box::new(of), Path(vec![(part, opt)]))
}

impl<'s> Parser<'s> {
    fn new(source: &'s str) -> Parsed<Self> {
        let mut parser = Self {
            source,
            token: Token::End,
            start: 0,
            end: 0,
            depth: 0,
            at_root: true,
            hints: Vec::new(),
            calls: Vec::new(),
            in_library: false,
        };
        parser.advance()?;
        Ok(parser)
    }

    fn fail<T>(&self, at: usize, message: impl Into<String>) -> Parsed<T> {
        Err(SyntaxError { at: at.min(self.source.len()), message: message.into() })
    }

    fn unexpected(&self) -> SyntaxError {
        let message = match self.token {
            Token::End => "the expression ends too early".to_owned(),
            Token::Symbol("?//") => {
                "unexpected `?//`: write `? //`, since `?//` is an operator of its own".to_owned()
            }
            _ => format!("unexpected `{}`", &self.source[self.start..self.end]),
        };
        SyntaxError { at: self.start, message }
    }

    /// Reads the next token.
    fn advance(&mut self) -> Parsed<()> {
        let source = self.source;
        let mut start = self.end;
        loop {
            let rest = source[start..].trim_start_matches([' ', '\n', '\t']);
            start = source.len() - rest.len();
            if !rest.starts_with('#') {
                break;
            }
            start += rest.find(['\r', '\n']).unwrap_or(rest.len());
        }
        let rest = &source[start..];
        let (number, name) = (number_length(rest), name_length(rest));
        let field = rest.strip_prefix('.').map_or(0, name_length);
        let (length, token) = if rest.is_empty() {
            (0, Token::End)
        } else if name > 0 {
            let mut length = name;
            while let Some(more) = rest[length..].strip_prefix("::").map(name_length).filter(|more| *more > 0)
            {
                length += 2 + more;
            }
            let name = &rest[..length];
            (length, if KEYWORDS.contains(&name) { Token::Keyword(name) } else { Token::Name(name) })
        } else if number > 0 && number > field && !matches!(&rest[..number], "." | "..") {
            (number, Token::Number(&rest[..number]))
        } else if field > 0 {
            (field + 1, Token::Field(&rest[1..=field]))
        } else if rest.starts_with('"') {
            (1, Token::Quote)
        } else if let Some(format) = rest.strip_prefix('@') {
            let length = format.find(|char: char| !char.is_ascii_alphanumeric() && char != '_');
            let name = &format[..length.unwrap_or(format.len())];
            if name.is_empty() {
                return self.fail(start, "unexpected `@`");
            }
            (name.len() + 1, Token::Format(name))
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            (symbol.len(), Token::Symbol(symbol))
        } else {
            let char = rest.chars().next().unwrap_or_default();
            let hint = match char {
                '\'' => ": a `'` counts as `\"` only next to white space, or at either end of the expression",
                '\r' => ": lines end with a line feed alone",
                _ => "",
            };
            return self.fail(
                start,
                format!(
                    "unexpected `{}`{hint}",
                    if char == '\'' { "'".to_owned() } else { char.escape_debug().to_string() }
                ),
            );
        };
        (self.token, self.start, self.end) = (token, start, start + length);
        Ok(())
    }

    /// Whether the token is this symbol or keyword, which is then passed.
    fn take(&mut self, token: Token<'s>) -> Parsed<bool> {
        let found = self.token == token;
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn symbol(&mut self, symbol: &'static str) -> Parsed<bool> {
        self.take(Token::Symbol(symbol))
    }

    fn keyword(&mut self, keyword: &'static str) -> Parsed<bool> {
        self.take(Token::Keyword(keyword))
    }

    fn expect(&mut self, token: Token<'s>) -> Parsed<()> {
        if self.take(token)? {
            return Ok(());
        }
        let (Token::Symbol(expected) | Token::Keyword(expected)) = token else {
            return Err(self.unexpected());
        };
        let SyntaxError { at, message } = self.unexpected();
        self.fail(at, format!("{message}, `{expected}` is missing"))
    }

    /// A name, and its place, which includes the tokens before it.
    fn name(&mut self) -> Parsed<&'s str> {
        let Token::Name(name) = self.token else { return Err(self.unexpected()) };
        self.advance()?;
        Ok(name)
    }

    /// `$name`, after the `$`.
    fn variable(&mut self, dollar: usize) -> Parsed<&'s str> {
        if dollar + 1 != self.start {
            return self.fail(dollar, "a `$` stands directly before its name");
        }
        let end = self.end;
        self.name()?;
        Ok(&self.source[dollar..end])
    }

    /// A whole expression.
    fn pipe(&mut self) -> Parsed<Expr<'s>> {
        self.level(0)
    }

    /// An expression whose operators bind at least so tightly.
    fn level(&mut self, least: u8) -> Parsed<Expr<'s>> {
        self.depth += 1;
        if self.depth > DEPTH {
            return self.fail(self.start, format!("nested more than {DEPTH} deep"));
        }
        let mut left = self.operand()?;
        // The level of an operator of which there can be one only.
        let mut once = None;
        loop {
            if self.symbol("?")? {
                left = Term::TryCatch(Box::new(left), None);
                continue;
            }
            let (Token::Symbol(operator) | Token::Keyword(operator)) = self.token else { break };
            let (level, next) = match operator {
                "|" => (0, 0),
                "," => (1, 2),
                "//" => (2, 2),
                "=" | "|=" | "+=" | "-=" | "*=" | "/=" | "%=" | "//=" => (3, 4),
                "or" => (4, 5),
                "and" => (5, 6),
                "==" | "!=" | "<" | "<=" | ">" | ">=" => (6, 7),
                "+" | "-" => (7, 8),
                "*" | "/" | "%" => (8, 9),
                _ => break,
            };
            if level < least {
                break;
            }
            if once == Some(level) {
                return Err(self.unexpected());
            }
            once = matches!(level, 3 | 6).then_some(level);
            let at = self.start;
            self.advance()?;
            let root = self.at_root;
            self.at_root &= operator != "|" || matches!(left, Term::Id);
            let right = self.level(next)?;
            self.at_root = root;
            left = self.combine(left, operator, right);
            match constant(&left) {
                Some(number) if operator == "/" && number.is_infinite() => {
                    return self.fail(at, "division by zero");
                }
                Some(number) if number.is_nan() => left = call("nan", []),
                _ => {}
            }
        }
        self.depth -= 1;
        Ok(left)
    }

    fn combine(&mut self, left: Expr<'s>, operator: &str, right: Expr<'s>) -> Expr<'s> {
        let math = |operator: &str| match operator.as_bytes().first() {
            Some(b'+') => BinaryOp::Math(Math::Add),
            Some(b'-') => BinaryOp::Math(Math::Sub),
            Some(b'*') => BinaryOp::Math(Math::Mul),
            Some(b'/') => BinaryOp::Math(Math::Div),
            _ => BinaryOp::Math(Math::Rem),
        };
        if operator.ends_with('=') {
            self.calls.extend(["_assign", "_modify"]);
        }
        match operator {
            "|" => pipe(left, right),
            "," => binary(left, BinaryOp::Comma, right),
            "//" => binary(left, BinaryOp::Alt, right),
            "or" => binary(left, BinaryOp::Or, right),
            "and" => binary(left, BinaryOp::And, right),
            "==" => operation(left, BinaryOp::Cmp(Cmp::Eq), right),
            "!=" => operation(left, BinaryOp::Cmp(Cmp::Ne), right),
            "<" => operation(left, BinaryOp::Cmp(Cmp::Lt), right),
            "<=" => operation(left, BinaryOp::Cmp(Cmp::Le), right),
            ">" => operation(left, BinaryOp::Cmp(Cmp::Gt), right),
            ">=" => operation(left, BinaryOp::Cmp(Cmp::Ge), right),
            "=" => call("_assign", [left, right]),
            "|=" => call("_modify", [left, right]),
            "//=" => {
                let update = binary(Term::Id, BinaryOp::Alt, Term::Var("$!by"));
                bind(right, "$!by", call("_modify", [left, update]))
            }
            "+" | "-" | "*" | "/" | "%" => operation(left, math(operator), right),
            _ => {
                let update = binary(Term::Id, math(operator), Term::Var("$!by"));
                bind(right, "$!by", call("_modify", [left, update]))
            }
        }
    }

    /// An operand.
    fn operand(&mut self) -> Parsed<Expr<'s>> {
        match self.token {
            Token::Symbol("-") => {
                self.advance()?;
                Ok(Term::Neg(Box::new(self.level(8)?)))
            }
            Token::Keyword("def") => {
                let definition = self.definition()?;
                Ok(Term::Def(vec![definition], Box::new(self.pipe()?)))
            }
            Token::Keyword("reduce" | "foreach") => self.fold(),
            Token::Keyword("if") => {
                self.advance()?;
                let mut branches = Vec::new();
                loop {
                    let condition = self.pipe()?;
                    self.expect(Token::Keyword("then"))?;
                    branches.push((condition, self.pipe()?));
                    if !self.keyword("elif")? {
                        break;
                    }
                }
                // Without `else` it is an error here, as up to jq 1.6.
                self.expect(Token::Keyword("else"))?;
                let otherwise = self.pipe()?;
                self.expect(Token::Keyword("end"))?;
                Ok(Term::IfThenElse(branches, Some(Box::new(otherwise))))
            }
            Token::Keyword("try") => {
                self.advance()?;
                let body = self.nested(Self::operand)?;
                let handler = if self.keyword("catch")? {
                    Some(Box::new(self.elsewhere(Self::operand)?))
                } else {
                    None
                };
                Ok(Term::TryCatch(Box::new(body), handler))
            }
            Token::Keyword("label") => {
                self.advance()?;
                let dollar = self.start;
                self.expect(Token::Symbol("$"))?;
                let label = self.variable(dollar)?;
                self.expect(Token::Symbol("|"))?;
                Ok(Term::Label(label, Box::new(self.pipe()?)))
            }
            _ => {
                let term = self.nested(Self::term)?;
                if !self.keyword("as")? {
                    return Ok(term);
                }
                let mut patterns = vec![self.pattern()?];
                while self.symbol("?//")? {
                    patterns.push(self.pattern()?);
                }
                self.expect(Token::Symbol("|"))?;
                let body = self.pipe()?;
                Ok(destructure(&term, patterns, &body))
            }
        }
    }

    fn nested<T>(&mut self, parse: fn(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += 1;
        if self.depth > DEPTH {
            return self.fail(self.start, format!("nested more than {DEPTH} deep"));
        }
        let parsed = parse(self)?;
        self.depth -= 1;
        Ok(parsed)
    }

    /// Parses what is evaluated on something other than the event.
    fn elsewhere<T>(&mut self, parse: fn(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let root = std::mem::replace(&mut self.at_root, false);
        let parsed = self.nested(parse)?;
        self.at_root = root;
        Ok(parsed)
    }

    fn fold(&mut self) -> Parsed<Expr<'s>> {
        let Token::Keyword(kind) = self.token else { return Err(self.unexpected()) };
        self.advance()?;
        let items = self.nested(Self::term)?;
        self.expect(Token::Keyword("as"))?;
        let pattern = self.pattern()?;
        self.expect(Token::Symbol("("))?;
        let start = self.pipe()?;
        self.expect(Token::Symbol(";"))?;
        let update = self.elsewhere(Self::pipe)?;
        if kind == "reduce" {
            self.expect(Token::Symbol(")"))?;
            // The last result counts, and without one the state is null.
            let update = if is_single(&update) {
                update
            } else {
                let last = call("_last", [update]);
                call("_first", [binary(last, BinaryOp::Comma, call("!null", []))])
            };
            let fold = Term::Fold(kind, Box::new(items), pattern, vec![start, update]);
            if self.in_library {
                return Ok(fold);
            }
            // jq forgets the path of the state: no path leads through a list that has just been made.
            return Ok(at(Term::Arr(Some(Box::new(fold))), Part::Range(None, None), Opt::Essential));
        }
        let extract = if self.symbol(";")? { Some(self.elsewhere(Self::pipe)?) } else { None };
        self.expect(Token::Symbol(")"))?;
        if is_single(&update) {
            let arguments = [start, update].into_iter().chain(extract).collect();
            return Ok(Term::Fold(kind, Box::new(items), pattern, arguments));
        }
        // The state is all results of the update; the last one is what the next update gets.
        let array = |term| Term::Arr(Some(Box::new(term)));
        let last = at(Term::Id, Part::Index(Term::Neg(Box::new(Term::Num("1")))), Opt::Essential);
        let each = at(Term::Id, Part::Range(None, None), Opt::Essential);
        let arguments = vec![
            binary(start, BinaryOp::Pipe(None), array(Term::Id)),
            array(binary(last, BinaryOp::Pipe(None), update)),
            binary(each, BinaryOp::Pipe(None), extract.unwrap_or_default()),
        ];
        Ok(Term::Fold(kind, Box::new(items), pattern, arguments))
    }

    fn definition(&mut self) -> Parsed<Def<&'s str>> {
        self.expect(Token::Keyword("def"))?;
        let name = self.name()?;
        let (mut arguments, mut variables) = (Vec::new(), Vec::new());
        if self.symbol("(")? {
            loop {
                let dollar = self.start;
                if self.symbol("$")? {
                    let variable = self.variable(dollar)?;
                    variables.push(variable);
                    arguments.push(&variable[1..]);
                } else {
                    arguments.push(self.name()?);
                }
                if !self.symbol(";")? {
                    break;
                }
            }
            self.expect(Token::Symbol(")"))?;
        }
        self.expect(Token::Symbol(":"))?;
        let body = self.elsewhere(Self::pipe)?;
        self.expect(Token::Symbol(";"))?;
        // `$name` as an argument is `name` and `name as $name`.
        let body =
            variables.into_iter().rev().fold(body, |body, name| bind(call(&name[1..], []), name, body));
        Ok(Def { name, args: arguments, body })
    }

    fn pattern(&mut self) -> Parsed<Pattern<&'s str>> {
        self.nested(|parser| {
            let at = parser.start;
            if parser.symbol("$")? {
                return Ok(Pattern::Var(parser.variable(at)?));
            }
            if parser.symbol("[")? {
                let mut items = vec![parser.pattern()?];
                while parser.symbol(",")? {
                    items.push(parser.pattern()?);
                }
                parser.expect(Token::Symbol("]"))?;
                return Ok(Pattern::Arr(items));
            }
            parser.expect(Token::Symbol("{"))?;
            let mut members = Vec::new();
            loop {
                let at = parser.start;
                let mut variable = false;
                let key = match parser.token {
                    Token::Symbol("$") => {
                        parser.advance()?;
                        let name = parser.variable(at)?;
                        members.push((text(&name[1..]), Pattern::Var(name)));
                        variable = true;
                        text(&name[1..])
                    }
                    _ => parser.key()?,
                };
                if parser.symbol(":")? {
                    members.push((key, parser.pattern()?));
                } else if !variable {
                    return Err(parser.unexpected());
                }
                if !parser.symbol(",")? {
                    break;
                }
            }
            parser.expect(Token::Symbol("}"))?;
            Ok(Pattern::Obj(members))
        })
    }

    /// A key of an object, other than a variable.
    fn key(&mut self) -> Parsed<Expr<'s>> {
        match self.token {
            Token::Name(name) | Token::Keyword(name) => {
                self.advance()?;
                Ok(text(name))
            }
            Token::Quote | Token::Format(_) => self.string(),
            Token::Symbol("(") => {
                self.advance()?;
                let (at, key) = (self.start, self.pipe()?);
                self.expect(Token::Symbol(")"))?;
                if constant(&key).is_some() || matches!(&key, Term::Arr(None)) {
                    return self.fail(at, "the key of an object is a text");
                }
                Ok(key)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn object(&mut self) -> Parsed<Expr<'s>> {
        let mut members = Vec::new();
        while self.token != Token::Symbol("}") {
            let at = self.start;
            if self.symbol("$")? {
                members.push((Term::Var(self.variable(at)?), None));
            } else {
                let bare = matches!(self.token, Token::Name(_) | Token::Quote | Token::Format(_));
                let key = self.key()?;
                if self.symbol(":")? {
                    members.push((key, Some(self.member()?)));
                } else if bare {
                    members.push((key, None));
                } else {
                    return Err(self.unexpected());
                }
            }
            if !self.symbol(",")? {
                break;
            }
        }
        if self.token != Token::Symbol("}") {
            let SyntaxError { at, message } = self.unexpected();
            return self
                .fail(at, format!("{message}: the value of a member needs parentheses around operators"));
        }
        self.advance()?;
        Ok(Term::Obj(members))
    }

    /// The value of a member: a term, `-` before one, and `|` between.
    fn member(&mut self) -> Parsed<Expr<'s>> {
        let left = if self.symbol("-")? {
            return Ok(Term::Neg(Box::new(self.nested(Self::member)?)));
        } else {
            self.nested(Self::term)?
        };
        if self.symbol("|")? { Ok(pipe(left, self.elsewhere(Self::member)?)) } else { Ok(left) }
    }

    /// A text, perhaps with a format before it.
    fn string(&mut self) -> Parsed<Expr<'s>> {
        let format = if let Token::Format(name) = self.token {
            self.advance()?;
            name
        } else {
            "text"
        };
        if self.token == Token::Quote { self.text(format) } else { Ok(call("format", [text(format)])) }
    }

    /// A text, after its `"`.
    fn text(&mut self, format: &'s str) -> Parsed<Expr<'s>> {
        let source = self.source;
        let (mut at, open) = (self.end, self.start);
        let mut whole: Option<Expr<'s>> = None;
        let mut parts = Vec::new();
        loop {
            let rest = &source[at..];
            let plain = rest.find(['"', '\\']).unwrap_or(rest.len());
            if plain > 0 {
                parts.push(StrPart::Str(&rest[..plain]));
            }
            at += plain;
            let rest = &source[at..];
            if rest.starts_with("\\(") {
                self.end = at + 2;
                self.advance()?;
                let inner = self.pipe()?;
                if self.token != Token::Symbol(")") {
                    return Err(self.unexpected());
                }
                at = self.end;
                let inner = binary(inner, BinaryOp::Pipe(None), call("format", [text(format)]));
                let before = concat(whole, Term::Str(None, std::mem::take(&mut parts)));
                whole = Some(concat(Some(before), inner));
            } else if rest.starts_with('\\') {
                let (char, length) = escape(rest)
                    .ok_or_else(|| SyntaxError { at, message: "invalid escape in a text".to_owned() })?;
                parts.push(StrPart::Char(char));
                at += length;
            } else if rest.is_empty() {
                return self.fail(open, "a text does not end");
            } else {
                self.end = at + 1;
                self.advance()?;
                return Ok(concat(whole, Term::Str(None, parts)));
            }
        }
    }

    fn term(&mut self) -> Parsed<Expr<'s>> {
        let from_event = self.at_root && matches!(self.token, Token::Field(_) | Token::Symbol("."));
        let mut term = self.primary()?;
        // The keys behind the event, while they are constants.
        let mut keys = Vec::new();
        let mut constant = from_event && constant_key(&term).is_none_or(|key| push(&mut keys, key));
        loop {
            term = match self.token {
                Token::Field(name) => {
                    self.advance()?;
                    let opt = self.opt()?;
                    at(term, Part::Index(text(name)), opt)
                }
                Token::Symbol(".") => {
                    self.advance()?;
                    if !matches!(self.token, Token::Quote | Token::Format(_)) {
                        return Err(self.unexpected());
                    }
                    self.quoted_field(term)?
                }
                Token::Symbol("[") => {
                    self.advance()?;
                    self.bracket(term)?
                }
                _ => {
                    if !keys.is_empty() {
                        self.hints.push(Hint::Path(keys));
                    }
                    return Ok(term);
                }
            };
            constant = constant && constant_key(&term).is_some_and(|key| push(&mut keys, key));
        }
    }

    /// `of."key"`, after the point.
    fn quoted_field(&mut self, of: Expr<'s>) -> Parsed<Expr<'s>> {
        let key = self.string()?;
        let opt = self.opt()?;
        Ok(index(of, key, opt))
    }

    /// A term without its suffixes.
    fn primary(&mut self) -> Parsed<Expr<'s>> {
        let (start, token) = (self.start, self.token);
        match token {
            Token::Field(_) => return Ok(Term::Id),
            Token::Quote | Token::Format(_) => return self.string(),
            Token::Number(_)
            | Token::Name(_)
            | Token::Keyword("break")
            | Token::Symbol("." | ".." | "(" | "[" | "{" | "$") => self.advance()?,
            _ => return Err(self.unexpected()),
        }
        Ok(match token {
            Token::Number(number) => {
                if number.parse::<f64>().is_err() {
                    return self.fail(start, format!("`{number}` is not a number"));
                }
                Term::Num(number)
            }
            Token::Name(name) => self.named(name)?,
            Token::Keyword(_) => {
                let dollar = self.start;
                self.expect(Token::Symbol("$"))?;
                Term::Break(self.variable(dollar)?)
            }
            Token::Symbol(".") if matches!(self.token, Token::Quote | Token::Format(_)) => {
                self.quoted_field(Term::Id)?
            }
            Token::Symbol(".") => Term::Id,
            Token::Symbol("..") => Term::Recurse,
            Token::Symbol("(") => {
                let inner = self.pipe()?;
                self.expect(Token::Symbol(")"))?;
                inner
            }
            Token::Symbol("[") if self.symbol("]")? => Term::Arr(None),
            Token::Symbol("[") => {
                let inner = self.pipe()?;
                self.expect(Token::Symbol("]"))?;
                Term::Arr(Some(Box::new(inner)))
            }
            Token::Symbol("{") => self.object()?,
            _ if self.keyword("__loc__")? => {
                let line = sum_of_ones(1 + self.source[..start].matches('\n').count());
                Term::Obj(vec![(text("file"), Some(text("<top-level>"))), (text("line"), Some(line))])
            }
            _ => Term::Var(self.variable(start)?),
        })
    }

    /// A constant or a call, after its name.
    fn named(&mut self, name: &'s str) -> Parsed<Expr<'s>> {
        self.calls.push(name);
        if !self.symbol("(")? {
            return Ok(match name {
                "null" => call("!null", []),
                "true" => call("!true", []),
                "false" => call("!false", []),
                name => call(name, []),
            });
        }
        let takes_regex = matches!(name, "test" | "match" | "capture" | "scan" | "sub" | "gsub" | "splits");
        // What other functions evaluate their arguments on is not known here.
        let on_input =
            takes_regex || matches!(name, "select" | "first" | "last" | "limit" | "error" | "startswith");
        let mut arguments = Vec::new();
        loop {
            arguments.push(if on_input { self.pipe()? } else { self.elsewhere(Self::pipe)? });
            if !self.symbol(";")? {
                break;
            }
        }
        self.expect(Token::Symbol(")"))?;
        if let (true, Some(Term::Str(None, parts))) = (takes_regex, arguments.first()) {
            let regex = parts.iter().map(|part| match part {
                StrPart::Str(text) => (*text).to_owned(),
                StrPart::Char(char) => char.to_string(),
                StrPart::Term(_) => String::new(),
            });
            self.hints.push(Hint::Regex(regex.collect()));
        }
        Ok(Term::Call(name, arguments))
    }

    /// `[…]` behind a term, after the `[`.
    fn bracket(&mut self, of: Expr<'s>) -> Parsed<Expr<'s>> {
        let (mut from, mut to, mut slice) = (None, None, false);
        if self.symbol("]")? {
            let opt = self.opt()?;
            return Ok(at(of, Part::Range(None, None), opt));
        }
        if self.token != Token::Symbol(":") {
            from = Some(self.pipe()?);
        }
        if self.symbol(":")? {
            slice = true;
            if from.is_none() || self.token != Token::Symbol("]") {
                to = Some(self.pipe()?);
            }
        }
        self.expect(Token::Symbol("]"))?;
        let opt = self.opt()?;
        Ok(match (from, slice) {
            (Some(key), false) => index(of, key, opt),
            (from, _) => at(of, Part::Range(from, to), opt),
        })
    }

    fn opt(&mut self) -> Parsed<Opt> {
        Ok(if self.symbol("?")? { Opt::Optional } else { Opt::Essential })
    }
}

/// The key that a term ends with, if it is a constant without escapes.
fn constant_key<'s>(term: &Expr<'s>) -> Option<&'s str> {
    let Term::Path(_, Path(parts)) = term else { return None };
    let [(Part::Index(Term::Str(None, key)), _)] = parts.as_slice() else { return None };
    let [StrPart::Str(key)] = key.as_slice() else { return None };
    Some(key)
}

fn push(keys: &mut Vec<String>, key: &str) -> bool {
    keys.push(key.to_owned());
    true
}

/// A number that no text in the expression has.
fn sum_of_ones<'s>(number: usize) -> Expr<'s> {
    (1..number).fold(Term::Num("1"), |sum, _| binary(sum, BinaryOp::Math(Math::Add), Term::Num("1")))
}

/// One text after another.
fn concat<'s>(before: Option<Expr<'s>>, after: Expr<'s>) -> Expr<'s> {
    match before {
        Some(before) => operation(before, BinaryOp::Math(Math::Add), after),
        None => after,
    }
}

/// `of[key]`. jq evaluates the key first.
fn index<'s>(of: Expr<'s>, key: Expr<'s>, opt: Opt) -> Expr<'s> {
    if is_plain(&of) || is_plain(&key) {
        return at(of, Part::Index(key), opt);
    }
    bind(key, "$!key", at(of, Part::Index(Term::Var("$!key")), opt))
}

/// `value as pattern ?// pattern … | body`: the first pattern counts with which nothing fails, and a variable that it does not
/// have is null.
fn destructure<'s>(value: &Expr<'s>, patterns: Vec<Pattern<&'s str>>, body: &Expr<'s>) -> Expr<'s> {
    fn names<'s>(pattern: &Pattern<&'s str>, into: &mut Vec<&'s str>) {
        match pattern {
            Pattern::Var(name) => into.push(name),
            Pattern::Arr(items) => items.iter().for_each(|item| names(item, into)),
            Pattern::Obj(members) => members.iter().for_each(|(_, member)| names(member, into)),
        }
    }
    let mut all = Vec::new();
    if patterns.len() > 1 {
        for pattern in &patterns {
            names(pattern, &mut all);
        }
    }
    let mut attempts = patterns.into_iter().rev().map(|pattern| {
        let of = if all.is_empty() { value.clone() } else { Term::Var("$!value") };
        let with = binary(of, BinaryOp::Pipe(Some(pattern)), body.clone());
        all.iter().fold(with, |body, name| bind(call("!null", []), name, body))
    });
    let Some(last) = attempts.next() else { return value.clone() };
    // The handler of `catch` has the error as its input, so that the input is kept.
    let whole = attempts.fold(last, |otherwise, attempt| {
        let otherwise = binary(Term::Var("$!input"), BinaryOp::Pipe(None), otherwise);
        Term::TryCatch(Box::new(attempt), Some(Box::new(otherwise)))
    });
    if all.is_empty() { whole } else { bind(Term::Id, "$!input", bind(value.clone(), "$!value", whole)) }
}

/// The character of an escape, and the length of the escape.
fn escape(text: &str) -> Option<(char, usize)> {
    let hex = |at: usize| text.get(at..at + 4).and_then(|digits| u16::from_str_radix(digits, 16).ok());
    Some(match text.as_bytes().get(1)? {
        b'n' => ('\n', 2),
        b't' => ('\t', 2),
        b'r' => ('\r', 2),
        b'b' => ('\u{8}', 2),
        b'f' => ('\u{c}', 2),
        char @ (b'"' | b'\\' | b'/') => (char::from(*char), 2),
        b'u' => {
            let first = hex(2)?;
            if let Some(char) = char::from_u32(first.into()) {
                return Some((char, 6));
            }
            // The second half of a pair, alone.
            if first >= 0xDC00 {
                return Some((char::REPLACEMENT_CHARACTER, 6));
            }
            let second = hex(8).filter(|_| text.get(6..8) == Some("\\u"))?;
            (char::decode_utf16([first, second]).next()?.ok()?, 12)
        }
        _ => return None,
    })
}
