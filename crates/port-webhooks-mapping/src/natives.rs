//! The functions of Port's jq that it does not define in jq itself.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use data_encoding::BASE64;
use fancy_regex::Regex;
use jaq_core::native::{self, Fun, bome, v};
use jaq_core::{Cv, DataT, Lut, RunPtr, ValR, data};

use crate::value::{Error, Value, error, sort_order, split, until_nul};
use crate::{regex, time};
use Value::{Array, Null, Number, Object, Text};

/// A regular expression and its flags.
type Pattern = (Rc<str>, Rc<str>);

/// The state that the evaluations of a thread share: the time, the compiled regular expressions, and when to stop.
pub(crate) struct Shared {
    /// Seconds since 1970.
    pub(crate) now: f64,
    regexes: RefCell<HashMap<Pattern, Rc<Regex>>>,
    given_up: Arc<AtomicBool>,
    /// The address of a variable at the beginning of the thread.
    bottom: usize,
}

/// How much of the stack of a thread, which is larger, an expression may use.
const STACK_MOST: usize = 100 << 20;

impl Shared {
    /// For evaluations in this thread, until it is abandoned.
    pub(crate) fn new(given_up: Arc<AtomicBool>) -> Self {
        let bottom = std::ptr::from_ref(&given_up).addr();
        Self { now: 0.0, regexes: RefCell::default(), given_up, bottom }
    }

    /// Ends an evaluation that was abandoned or recurses too deep. jaq checks neither, so this unwinds the stack, up to
    /// the runner.
    fn check(&self) {
        let here = std::ptr::from_ref(&self).addr();
        if self.bottom.abs_diff(here) > STACK_MOST || self.given_up.load(Ordering::Relaxed) {
            std::panic::resume_unwind(Box::new("given up"));
        }
    }
}

/// jaq's parameters: its values are ours.
pub(crate) struct Kind;

#[derive(Clone)]
pub(crate) struct Data<'a> {
    pub(crate) lut: &'a Lut<Kind>,
    pub(crate) shared: &'a Shared,
}

impl DataT for Kind {
    type V<'a> = Value;
    type Data<'a> = Data<'a>;
}

impl<'a> data::HasLut<'a, Kind> for Data<'a> {
    // jaq calls this for each term that it evaluates.
    fn lut(&self) -> &'a Lut<Kind> {
        self.shared.check();
        self.lut
    }
}

type Call<'a> = Cv<'a, Kind>;

/// Makes table entries for jaq of functions of an input and arguments. jaq takes function pointers, which cannot capture.
macro_rules! functions {
    ($wrap:ident: $(($name:literal, $count:literal, $function:expr),)*) => {
        [$(($name, v($count), $wrap!($count, $function) as RunPtr<Kind>)),*]
    };
}
/// A function of the input.
macro_rules! plain {
    ($count:literal, $function:expr) => {
        |call| bome(($function as fn(&Value) -> ValR<Value>)(&call.1))
    };
}
/// A function of the input and `$count` arguments.
macro_rules! with_arguments {
    ($count:literal, $function:expr) => {
        |mut call| bome(($function as fn([Value; $count + 1]) -> ValR<Value>)(arguments(&mut call)))
    };
}
macro_rules! math {
    ($count:literal, $function:expr) => {
        |call| bome(number(&call.1).map(|number| Number($function(number))))
    };
}

fn arguments<const N: usize>(call: &mut Call) -> [Value; N] {
    let mut values = [const { Null }; N];
    for value in values[1..].iter_mut().rev() {
        *value = call.0.pop_var();
    }
    values[0] = std::mem::replace(&mut call.1, Null);
    values
}

type Entry = native::Filter<RunPtr<Kind>>;

fn of_input() -> impl IntoIterator<Item = Entry> {
    functions![plain:
        ("!null", 0, |_| Ok(Null)),
        ("!true", 0, |_| Ok(true.into())),
        ("!false", 0, |_| Ok(false.into())),
        ("input_filename", 0, |_| Ok(Null)),
        ("type", 0, |value| Ok(value.kind().into())),
        ("length", 0, |value| match value {
            Null => Ok(Number(0.0)),
            Number(number) => Ok(Number(number.abs())),
            Text(text) => Ok(text.chars().count().into()),
            Array(items) => Ok(items.len().into()),
            Object(map) => Ok(map.len().into()),
            Value::Bool(_) => Err(value.wrong("has no length")),
        }),
        ("utf8bytelength", 0, |value| match value {
            Text(text) => Ok(text.len().into()),
            _ => Err(value.wrong("only strings have UTF-8 byte length")),
        }),
        ("tojson", 0, |value| Ok(value.to_string().into())),
        ("tostring", 0, |value| Ok(Text(value.text()))),
        ("fromjson", 0, |value| match value {
            Text(text) => crate::json::parse(text).map_err(|message| error(format_args!("{message} (while parsing '{text}')"))),
            _ => Err(value.wrong("only strings can be parsed")),
        }),
    ("tonumber", 0, |value| match value {
                Number(_) => Ok(value.clone()),
                Text(text) if matches!(&**text, "null" | "true" | "false") => {
                    Err(value.wrong("cannot be parsed as a number"))
                }
                Text(text) => {
                    let text = until_nul(text);
                    to_number(text).ok_or_else(|| not_a_number(text))
                }
                _ => Err(value.wrong("cannot be parsed as a number")),
            }),
            ("keys", 0, |value| keys(value, true)),
        ("keys_unsorted", 0, |value| keys(value, false)),
        ("sort", 0, |value| match value {
            Array(items) => Ok(sorted(items).into_iter().cloned().collect()),
            _ => Err(value.wrong("cannot be sorted, as it is not an array")),
        }),
        ("ascii_downcase", 0, |value| in_ascii(value, str::to_ascii_lowercase)),
        ("ascii_upcase", 0, |value| in_ascii(value, str::to_ascii_uppercase)),
        ("explode", 0, |value| match value {
            Text(text) => Ok(text.chars().map(|char| Number(u32::from(char).into())).collect()),
            _ => Err(error("explode input must be a string")),
        }),
        ("implode", 0, implode),
        ("nan", 0, |_| Ok(Number(f64::NAN))),
        ("infinite", 0, |_| Ok(Number(f64::INFINITY))),
        ("isnan", 0, |value| Ok(matches!(value, Number(number) if number.is_nan()).into())),
        ("isinfinite", 0, |value| Ok(matches!(value, Number(number) if number.is_infinite()).into())),
        ("isnormal", 0, |value| Ok(matches!(value, Number(number) if number.is_normal()).into())),
        ("frexp", 0, |value| pair(value, |number| { let (part, exponent) = libm::frexp(number); (part, exponent.into()) })),
        ("modf", 0, |value| pair(value, libm::modf)),
        ("lgamma_r", 0, |value| pair(value, |number| { let (result, sign) = libm::lgamma_r(number); (result, sign.into()) })),
        ("pow10", 0, |_| Err(error("Error: pow10/0 not found at build time"))),
        ("mktime", 0, time::mktime),
        ("gmtime", 0, time::gmtime),
        ("localtime", 0, time::gmtime),
        ]
}

fn of_arguments() -> impl IntoIterator<Item = Entry> {
    functions![with_arguments:
    ("_checked", 1, |values| match &values[1] {
        Array(_) => Ok(values[0].clone()),
        _ => Err(error("Path must be specified as an array")),
    }),
    ("_setpath", 2, |values| match &values[1] {
        Array(path) => values[0].clone().set_path(path, values[2].clone()),
        _ => Err(error("Path must be specified as an array")),
    }),
    ("_delpaths", 1, |values| values[0].clone().delete_paths(&values[1])),
    ("has", 1, |values| match (&values[0], &values[1]) {
        (Null, _) => Ok(false.into()),
        (Object(map), Text(key)) => Ok(map.contains_key(key).into()),
        #[expect(clippy::cast_precision_loss, reason = "no array has 2^53 items")]
        (Array(items), Number(index)) => Ok((*index > -1.0 && index.trunc() < items.len() as f64).into()),
        (of, key) => {
            Err(error(format_args!("Cannot check whether {} has a {} key", of.kind(), key.kind())))
        }
    }),
    ("contains", 1, |values| {
        // `true` and `false` have different ranks.
        if values[0].rank() == values[1].rank() {
            return Ok(values[0].contains(&values[1]).into());
        }
        Err(values[0].wrong_pair(&values[1], "cannot have their containment checked"))
    }),
    ("startswith", 1, |values| match (&values[0], &values[1]) {
        (Text(text), Text(part)) => Ok(text.starts_with(&**part).into()),
        _ => Err(error("startswith() requires string inputs")),
    }),
    ("endswith", 1, |values| match (&values[0], &values[1]) {
        (Text(text), Text(part)) => Ok(text.ends_with(&**part).into()),
        _ => Err(error("endswith() requires string inputs")),
    }),
    ("ltrimstr", 1, |values| Ok(match (&values[0], &values[1]) {
        (Text(text), Text(part)) => text.strip_prefix(&**part).map_or(values[0].clone(), Value::from),
        _ => values[0].clone(),
    })),
    ("rtrimstr", 1, |values| Ok(match (&values[0], &values[1]) {
        (Text(text), Text(part)) => text.strip_suffix(&**part).map_or(values[0].clone(), Value::from),
        _ => values[0].clone(),
    })),
    ("split", 1, |values| match (&values[0], &values[1]) {
        (Text(text), Text(separator)) => Ok(split(text, separator)),
        _ => Err(error("split input and separator must be strings")),
    }),
    // Counts bytes.
    ("_strindices", 1, |values| match (&values[0], &values[1]) {
        (_, Text(part)) if part.is_empty() => Err(error("indices of an empty string never end")),
        (Text(text), Text(part)) => Ok(text.match_indices(&**part).map(|(at, _)| Value::from(at)).collect()),
        _ => Err(error("indices need strings")),
    }),
    ("_sort_by", 1, |values| Ok(keyed(&values)?.into_iter().map(|(item, _)| item.clone()).collect())),
    ("_group_by", 1, |values| {
        let keyed = keyed(&values)?;
        let groups = keyed.chunk_by(|(_, one), (_, other)| one == other);
        Ok(groups.map(|group| group.iter().map(|(item, _)| (*item).clone()).collect()).collect())
    }),
    ("_min_by", 1, |values| best(&values, |key, best| key < best)),
    ("_max_by", 1, |values| best(&values, |key, best| key >= best)),
    ("format", 1, |values| format(&values[0], &values[1])),
    ("strptime", 1, |values| time::strptime(&values[0], &values[1])),
    ("strftime", 1, |values| time::strftime(&values[0], &values[1], "strftime/1")),
    ("strflocaltime", 1, |values| time::strftime(&values[0], &values[1], "strflocaltime/1")),
    ("atan2", 2, |values| math2(&values, f64::atan2)),
    ("copysign", 2, |values| math2(&values, f64::copysign)),
    ("drem", 2, |values| math2(&values, libm::remainder)),
    ("fdim", 2, |values| math2(&values, libm::fdim)),
    ("fmax", 2, |values| math2(&values, f64::max)),
    ("fmin", 2, |values| math2(&values, f64::min)),
    ("fmod", 2, |values| math2(&values, |one, other| one % other)),
    ("hypot", 2, |values| math2(&values, f64::hypot)),
    ("jn", 2, |values| math2(&values, |order, of| libm::jn(whole(order), of))),
    ("ldexp", 2, |values| math2(&values, |of, exponent| libm::ldexp(of, whole(exponent)))),
    ("nextafter", 2, |values| math2(&values, libm::nextafter)),
    ("nexttoward", 2, |values| math2(&values, libm::nextafter)),
    ("pow", 2, |values| math2(&values, f64::powf)),
    ("remainder", 2, |values| math2(&values, libm::remainder)),
    ("scalb", 2, |values| math2(&values, |of, exponent| of * exponent.exp2())),
    ("scalbln", 2, |values| math2(&values, |of, exponent| libm::scalbn(of, whole(exponent)))),
    ("yn", 2, |values| math2(&values, |order, of| libm::yn(whole(order), of))),
    ("fma", 3, |values| Ok(Number(number(&values[1])?.mul_add(number(&values[2])?, number(&values[3])?)))),
    ]
}

fn of_numbers() -> impl IntoIterator<Item = Entry> {
    functions![math:
    ("acos", 0, f64::acos),
    ("acosh", 0, f64::acosh),
    ("asin", 0, f64::asin),
    ("asinh", 0, f64::asinh),
    ("atan", 0, f64::atan),
    ("atanh", 0, f64::atanh),
    ("cbrt", 0, f64::cbrt),
    ("ceil", 0, f64::ceil),
    ("cos", 0, f64::cos),
    ("cosh", 0, f64::cosh),
    ("erf", 0, libm::erf),
    ("erfc", 0, libm::erfc),
    ("exp", 0, f64::exp),
    ("exp10", 0, libm::exp10),
    ("exp2", 0, f64::exp2),
    ("expm1", 0, f64::exp_m1),
    ("fabs", 0, f64::abs),
    ("floor", 0, f64::floor),
    ("gamma", 0, libm::lgamma),
    ("j0", 0, libm::j0),
    ("j1", 0, libm::j1),
    ("lgamma", 0, libm::lgamma),
    ("log", 0, f64::ln),
    ("log10", 0, f64::log10),
    ("log1p", 0, f64::ln_1p),
    ("log2", 0, f64::log2),
    ("logb", 0, |of: f64| if of == 0.0 || !of.is_finite() { of.abs().ln() } else { f64::from(libm::ilogb(of)) }),
    ("nearbyint", 0, f64::round_ties_even),
    ("rint", 0, f64::round_ties_even),
    ("round", 0, f64::round),
    ("significand", 0, |of: f64| if of == 0.0 || !of.is_finite() { of } else { libm::scalbn(of, -libm::ilogb(of)) }),
    ("sin", 0, f64::sin),
    ("sinh", 0, f64::sinh),
    ("sqrt", 0, f64::sqrt),
    ("tan", 0, f64::tan),
    ("tanh", 0, f64::tanh),
    ("tgamma", 0, libm::tgamma),
    ("trunc", 0, f64::trunc),
    ("y0", 0, libm::y0),
    ("y1", 0, libm::y1),
    ]
}

/// All functions, by name and number of arguments.
pub(crate) fn functions() -> Vec<Fun<Kind>> {
    // The functions of jaq that need its evaluation.
    let core = jaq_core::funs::<Kind>().filter_map(|(name, arguments, function)| {
        let name = match name {
            "first" => "_first",
            "last" => "_last",
            "limit" => "_limit",
            "path" => "path",
            _ => return None,
        };
        Some((name, arguments, function))
    });
    let streams: [Entry; 4] = [
        // `error(null)` is not an error: it ends the results.
        ("_error", v(0), |call| match call.1 {
            Null => Box::new(std::iter::empty()),
            message => bome(Err(Error::new(message))),
        }),
        ("now", v(0), |call| bome(Ok(Number(call.0.data().shared.now)))),
        ("range", v(2), |mut call| {
            let (upto, from) = (call.0.pop_var(), call.0.pop_var());
            let (Number(mut next), Number(upto)) = (from, upto) else {
                return bome(Err(error("Range bounds must be numeric")));
            };
            let shared = call.0.data().shared;
            Box::new(std::iter::from_fn(move || {
                shared.check();
                let this = next;
                next += 1.0;
                (this < upto).then_some(Ok(Number(this)))
            }))
        }),
        ("_matches", v(3), |mut call| {
            let (test, flags, pattern) = (call.0.pop_var(), call.0.pop_var(), call.0.pop_var());
            bome(matches(&call, &pattern, &flags, test == true.into()))
        }),
    ];
    let ours = streams.into_iter().chain(of_input()).chain(of_arguments()).chain(of_numbers());
    core.chain(ours.map(|entry| native::run::<Kind>(entry))).collect()
}

fn number(value: &Value) -> Result<f64, Error> {
    if let Number(number) = value { Ok(*number) } else { Err(value.wrong("number required")) }
}

fn math2(values: &[Value; 3], function: fn(f64, f64) -> f64) -> ValR<Value> {
    Ok(Number(function(number(&values[1])?, number(&values[2])?)))
}

/// A pair of numbers, computed from one.
fn pair(value: &Value, function: fn(f64) -> (f64, f64)) -> ValR<Value> {
    let (one, other) = function(number(value)?);
    Ok([Number(one), Number(other)].into_iter().collect())
}

#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn whole(number: f64) -> i32 {
    number as i32
}

/// The number in a text: as JSON, with a `+`, with a bare point, or as `NaN` and `Infinity`; but `n` begins `null`.
fn to_number(text: &str) -> Option<Value> {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    text.parse().ok().filter(|_| !text.starts_with('n')).map(Number)
}

/// jq's error for a text that is not a number.
fn not_a_number(text: &str) -> Error {
    let end = |char: char| char.is_ascii_whitespace() || "[]{},:\"".contains(char);
    let word = text.trim_ascii_start().split(end).next().unwrap_or_default();
    let what = match word.chars().next() {
        None => "Expected JSON value".to_owned(),
        Some(_) if to_number(word).is_some() => "Unexpected extra JSON values".to_owned(),
        Some(first) => {
            let kind = if "tfn".contains(first) { "Invalid literal" } else { "Invalid numeric literal" };
            let length = text.len();
            let end = text.find(word).unwrap_or_default() + word.len();
            let place = if end == length {
                format!("EOF at line 1, column {length}")
            } else {
                format!("line 1, column {}", end + 1)
            };
            format!("{kind} at {place}")
        }
    };
    error(format_args!("{what} (while parsing '{text}')"))
}

fn keys(value: &Value, sorted: bool) -> ValR<Value> {
    match value {
        Array(items) => Ok((0..items.len()).map(Value::from).collect()),
        Object(map) => {
            let mut keys: Vec<_> = map.keys().cloned().collect();
            if sorted {
                keys.sort();
            }
            Ok(keys.into_iter().map(Text).collect())
        }
        _ => Err(value.wrong("has no keys")),
    }
}

fn sorted(items: &[Value]) -> Vec<&Value> {
    let mut items: Vec<_> = items.iter().collect();
    items.sort_by(|one, other| sort_order(one, other));
    items
}

/// The items of an array, each with its key, sorted by the keys.
fn keyed([items, keys]: &[Value; 2]) -> Result<Vec<(&Value, &Value)>, Error> {
    let (Array(items), Array(keys)) = (items, keys) else {
        return Err(items.wrong_pair(keys, "cannot be sorted, as they are not both arrays"));
    };
    let mut keyed: Vec<_> = items.iter().zip(keys.iter()).collect();
    keyed.sort_by(|(_, one), (_, other)| sort_order(one, other));
    Ok(keyed)
}

/// The item with the least or the greatest key.
fn best([items, keys]: &[Value; 2], better: fn(&Value, &Value) -> bool) -> ValR<Value> {
    let (Array(items), Array(keys)) = (items, keys) else {
        return Err(items.wrong_pair(keys, "cannot be iterated over"));
    };
    let best =
        items.iter().zip(keys.iter()).reduce(|best, item| if better(item.1, best.1) { item } else { best });
    Ok(best.map_or(Null, |(item, _)| item.clone()))
}

fn in_ascii(value: &Value, change: fn(&str) -> String) -> ValR<Value> {
    let Text(text) = value else { return Err(error("explode input must be a string")) };
    Ok(change(text).into())
}

fn implode(value: &Value) -> ValR<Value> {
    let Array(codes) = value else { return Err(error("implode input must be an array")) };
    let mut text = String::new();
    for code in codes.iter() {
        let Number(code) = code else { return Err(code.wrong("is not a codepoint")) };
        match u32::try_from(whole(*code)) {
            // Three bytes, none of which is UTF-8.
            Ok(0xD800..=0xDFFF) => text.push_str("\u{FFFD}\u{FFFD}\u{FFFD}"),
            Ok(code) => text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
            Err(_) => return Err(error("a codepoint must not be negative")),
        }
    }
    Ok(text.into())
}

/// `@name`
fn format(value: &Value, name: &Value) -> ValR<Value> {
    let Text(name) = name else { return Err(name.wrong("is not a valid format")) };
    let replaced = |text: &str, by: &[(char, &str)]| {
        text.chars().fold(String::new(), |mut out, char| {
            match by.iter().find(|(of, _)| *of == char) {
                Some((_, by)) => out.push_str(by),
                None if char == '\0' => out.push_str("\\0"),
                None => out.push(char),
            }
            out
        })
    };
    let row = |separator: &str, quote: &str, escapes: &[(char, &str)]| {
        let Array(items) = value else {
            return Err(value.wrong(&format!("cannot be {name}-formatted, only array")));
        };
        let cells = items.iter().map(|item| match item {
            Null => Ok(String::new()),
            Number(number) if number.is_nan() => Ok(String::new()),
            Text(text) => Ok(format!("{quote}{}{quote}", replaced(text, escapes))),
            Value::Bool(_) | Number(_) => Ok(item.to_string()),
            Array(_) | Object(_) => Err(item.wrong("is not valid in a csv row")),
        });
        Ok(Value::from(cells.collect::<Result<Vec<_>, _>>()?.join(separator)))
    };
    let text = value.text();
    match &**name {
        "text" => Ok(Text(text)),
        "json" => Ok(value.to_string().into()),
        "csv" => row(",", "\"", &[('"', "\"\"")]),
        "tsv" => row("\t", "", &[('\t', "\\t"), ('\r', "\\r"), ('\n', "\\n"), ('\\', "\\\\")]),
        "html" => Ok(replaced(
            &text,
            &[('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('\'', "&apos;"), ('"', "&quot;")],
        )
        .into()),
        "uri" => Ok(text
            .bytes()
            .fold(String::new(), |mut out, byte| {
                if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
                    out.push(char::from(byte));
                } else {
                    // Writing to a text cannot fail.
                    let _ = write!(out, "%{byte:02X}");
                }
                out
            })
            .into()),
        "sh" => {
            let one = std::slice::from_ref(value);
            let words = if let Array(items) = value { items } else { one };
            let words = words.iter().map(|word| match word {
                Text(text) => Ok(format!("'{}'", replaced(text, &[('\'', "'\\''")]))),
                Array(_) | Object(_) => Err(word.wrong("can not be escaped for shell")),
                word => Ok(word.to_string()),
            });
            Ok(words.collect::<Result<Vec<_>, _>>()?.join(" ").into())
        }
        "base64" => Ok(BASE64.encode(text.as_bytes()).into()),
        "base64d" => base64d(&text).map_err(|what| Value::Text(text).wrong(what)),
        name => Err(error(format_args!("{name} is not a valid format"))),
    }
}

/// Decodes up to the first `=`, whatever follows.
fn base64d(text: &str) -> Result<Value, &'static str> {
    let encoded = text.split('=').next().unwrap_or_default();
    if encoded.len() % 4 == 1 {
        return Err("trailing base64 byte found");
    }
    let padded = format!("{encoded}{}", "=".repeat(encoded.len().wrapping_neg() % 4));
    let mut lenient = BASE64.specification();
    lenient.check_trailing_bits = false;
    let decoded = lenient.encoding().ok().and_then(|encoding| encoding.decode(padded.as_bytes()).ok());
    let decoded = decoded.ok_or("is not valid base64 data")?;
    Ok(String::from_utf8_lossy(&decoded).into_owned().into())
}

/// All matches of a pattern, or whether there is one.
fn matches(call: &Call, pattern: &Value, flags: &Value, only_whether: bool) -> ValR<Value> {
    let Text(text) = &call.1 else { return Err(call.1.wrong("cannot be matched, as it is not a string")) };
    let Text(pattern) = pattern else { return Err(pattern.wrong("is not a string")) };
    let flags = match flags {
        Null => "".into(),
        Text(flags) => flags.clone(),
        _ => return Err(flags.wrong("is not a string")),
    };
    let key = (pattern.clone(), flags.clone());
    let mut regexes = call.0.data().shared.regexes.borrow_mut();
    let regex = if let Some(regex) = regexes.get(&key) {
        regex.clone()
    } else {
        // Events may contain patterns, so their number has a limit.
        if regexes.len() > 500 {
            regexes.clear();
        }
        let regex = Rc::new(regex::compile(pattern, &flags).map_err(error)?);
        regexes.insert(key, regex.clone());
        regex
    };
    regex::matches(&regex, text, &flags, only_whether).map_err(error)
}
