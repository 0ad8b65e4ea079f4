//! jq's values, as Port's jq has them: numbers are doubles, objects keep the order of their keys, and errors have jq's texts.

use std::cmp::Ordering;
use std::fmt::{self, Display, Write as _};
use std::iter;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};
use std::rc::Rc;

use indexmap::IndexMap;
use jaq_core::box_iter::{BoxIter, box_once};
use jaq_core::path::Opt;
use jaq_core::val::Range;
use jaq_core::{ValR, ValT, ValX};

/// The members of an object, in order.
pub(crate) type Map = IndexMap<Rc<str>, Value>;
/// An error that an expression can catch.
pub(crate) type Error = jaq_core::Error<Value>;

/// The largest array that writing to an index may make, and the longest text that `*` may make: the index or factor may
/// come from an event.
const MOST: usize = 50_000_000;

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
    Array(Rc<Vec<Value>>),
    Object(Rc<Map>),
}

use Value::{Array, Bool, Null, Number, Object, Text};

/// A text as C reads it.
pub(crate) fn until_nul(text: &str) -> &str {
    text.split('\0').next().unwrap_or_default()
}

/// An error with a text.
pub(crate) fn error(message: impl Display) -> Error {
    Error::new(Text(message.to_string().into()))
}

impl Value {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Null => "null",
            Bool(_) => "boolean",
            Number(_) => "number",
            Text(_) => "string",
            Array(_) => "array",
            Object(_) => "object",
        }
    }

    pub(crate) fn rank(&self) -> u8 {
        match self {
            Null => 0,
            Bool(false) => 1,
            Bool(true) => 2,
            Number(_) => 3,
            Text(_) => 4,
            Array(_) => 5,
            Object(_) => 6,
        }
    }

    /// The text itself, or the JSON of any other value.
    pub(crate) fn text(&self) -> Rc<str> {
        if let Text(text) = self { text.clone() } else { self.to_string().into() }
    }

    /// The kind, and the beginning of the JSON, as errors show them.
    fn shown(&self) -> String {
        let json = self.to_string();
        let shown = if json.len() > 14 {
            String::from_utf8_lossy(&json.as_bytes()[..11]) + "..."
        } else {
            json.into()
        };
        format!("{} ({shown})", self.kind())
    }

    /// `number (1) has no keys`
    pub(crate) fn wrong(&self, what: &str) -> Error {
        error(format_args!("{} {what}", self.shown()))
    }

    pub(crate) fn wrong_pair(&self, other: &Self, what: &str) -> Error {
        error(format_args!("{} and {} {what}", self.shown(), other.shown()))
    }

    /// Whether arrays and objects nest deeper than this.
    pub(crate) fn is_deeper_than(&self, depth: usize) -> bool {
        let inner = |value: &Self| depth == 0 || value.is_deeper_than(depth - 1);
        match self {
            Array(items) => items.iter().any(inner),
            Object(map) => map.values().any(inner),
            _ => false,
        }
    }

    /// The value as JSON: numbers that JSON does not have are null, and texts end at a NUL, as in Port's library.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self {
            Null => serde_json::Value::Null,
            Bool(bool) => (*bool).into(),
            #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
            Number(number) if number.fract() == 0.0 && number.abs() < 9.2e18 => (*number as i64).into(),
            Number(number) => (*number).into(),
            Text(value) => until_nul(value).into(),
            Array(items) => items.iter().map(Self::to_json).collect(),
            Object(map) => {
                map.iter().map(|(key, value)| (until_nul(key).to_owned(), value.to_json())).collect()
            }
        }
    }

    /// The bounds of the slice `[start:end]` of `length` items.
    fn bounds(range: &Range<&Self>, length: usize) -> Option<(usize, usize)> {
        #![expect(clippy::cast_precision_loss, reason = "no array has 2^53 items")]
        #![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=length")]
        let bound = |bound: Option<&Self>, otherwise: usize| match bound {
            None | Some(Null) => Some(otherwise as f64),
            Some(Number(number)) if *number < 0.0 => Some((number + length as f64).max(0.0)),
            Some(Number(number)) => Some(number.min(length as f64)),
            Some(_) => None,
        };
        let start = bound(range.start, 0)? as usize;
        let end = bound(range.end, length)?.ceil() as usize;
        Some((start, end.max(start)))
    }

    /// The bounds of a slice that a path names, as `{"start": …, "end": …}`. Neither may be left out.
    fn slice_of(key: &Map, length: usize, kind: &str) -> Result<(usize, usize), Error> {
        let both = key.get("start").zip(key.get("end"));
        both.and_then(|(start, end)| Self::bounds(&(Some(start)..Some(end)), length))
            .ok_or_else(|| error(format_args!("Start and end indices of an {kind} slice must be numbers")))
    }

    pub(crate) fn get(&self, key: &Self) -> ValR<Self> {
        Ok(match (self, key) {
            (Object(map), Text(key)) => map.get(key).cloned().unwrap_or(Null),
            (Array(items), Number(index)) => {
                index_in(*index, items.len()).and_then(|at| items.get(at)).cloned().unwrap_or(Null)
            }
            (Array(_) | Text(_), Object(slice)) => {
                Self::slice_of(slice, 0, self.kind())?;
                return self.clone().range(slice.get("start")..slice.get("end"));
            }
            (Array(items), Array(part)) => {
                let found = |at: &usize| !part.is_empty() && items[*at..].starts_with(part);
                (0..items.len()).filter(found).map(Self::from).collect()
            }
            (Null, Text(_) | Number(_) | Object(_)) => Null,
            (_, Text(key)) if key.len() < 30 => {
                return Err(error(format_args!("Cannot index {} with string \"{key}\"", self.kind())));
            }
            _ => return Err(error(format_args!("Cannot index {} with {}", self.kind(), key.kind()))),
        })
    }

    /// This value with another one at a key.
    fn set(self, key: &Self, value: Self) -> ValR<Self> {
        match (self, key) {
            (Null, Text(_)) => Object(Rc::default()).set(key, value),
            (Null, Number(_) | Object(_)) => Array(Rc::default()).set(key, value),
            (Object(mut map), Text(key)) => {
                Rc::make_mut(&mut map).insert(key.clone(), value);
                Ok(Object(map))
            }
            (Array(mut items), Number(index)) => {
                let length = items.len();
                #[expect(clippy::cast_precision_loss, reason = "no array has 2^53 items")]
                let at = if *index < 0.0 { index.trunc() + length as f64 } else { *index };
                if at < 0.0 {
                    return Err(error("Out of bounds negative array index"));
                }
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
                let at = at as usize;
                if at >= MOST.max(length) {
                    return Err(error("Array index too large"));
                }
                let items_ = Rc::make_mut(&mut items);
                if at >= length {
                    items_.resize(at + 1, Null);
                }
                items_[at] = value;
                Ok(Array(items))
            }
            (Array(mut items), Object(slice)) => {
                let (start, end) = Self::slice_of(slice, items.len(), "array")?;
                let Array(new) = value else {
                    return Err(error("A slice of an array can only be assigned another array"));
                };
                Rc::make_mut(&mut items).splice(start..end, new.iter().cloned());
                Ok(Array(items))
            }
            (other, key) => {
                let (key, kind) = (key.kind(), other.kind());
                Err(error(format_args!("Cannot update field at {key} index of {kind}")))
            }
        }
    }

    pub(crate) fn set_path(self, path: &[Self], value: Self) -> ValR<Self> {
        let Some((key, rest)) = path.split_first() else { return Ok(value) };
        let inner = self.get(key)?.set_path(rest, value)?;
        self.set(key, inner)
    }

    /// This value without the values at the paths, which are sorted and all have more than `depth` keys.
    fn delete_sorted(mut self, paths: &[&[Self]], depth: usize) -> ValR<Self> {
        let mut keys = Vec::new();
        for group in paths.chunk_by(|one, other| one[depth] == other[depth]) {
            let key = &group[0][depth];
            if group[0].len() == depth + 1 {
                keys.push(key);
                continue;
            }
            let inner = self.get(key)?;
            if !matches!(inner, Null) {
                self = self.set(key, inner.delete_sorted(group, depth + 1)?)?;
            }
        }
        self.delete_keys(&keys)
    }

    fn delete_keys(self, keys: &[&Self]) -> ValR<Self> {
        if keys.is_empty() {
            return Ok(self);
        }
        match self {
            Null => Ok(Null),
            Array(items) => {
                let mut gone = vec![false; items.len()];
                for key in keys {
                    match key {
                        Number(index) => {
                            if let Some(gone) =
                                index_in(index.trunc(), items.len()).and_then(|at| gone.get_mut(at))
                            {
                                *gone = true;
                            }
                        }
                        Object(slice) => {
                            let (start, end) = Self::slice_of(slice, items.len(), "array")?;
                            gone[start..end].fill(true);
                        }
                        _ => {
                            return Err(error(format_args!("Cannot delete {} element of array", key.kind())));
                        }
                    }
                }
                Ok(items.iter().zip(gone).filter(|(_, gone)| !gone).map(|(item, _)| item.clone()).collect())
            }
            Object(mut map) => {
                for key in keys {
                    let Text(key) = key else {
                        return Err(error(format_args!("Cannot delete {} field of object", key.kind())));
                    };
                    Rc::make_mut(&mut map).shift_remove(key);
                }
                Ok(Object(map))
            }
            other => Err(error(format_args!("Cannot delete fields from {}", other.kind()))),
        }
    }

    pub(crate) fn delete_paths(self, paths: &Self) -> ValR<Self> {
        let Array(paths) = paths else { return Err(error("Paths must be specified as an array")) };
        let mut sorted = Vec::new();
        for path in paths.iter() {
            let Array(path) = path else {
                return Err(error(format_args!("Path must be specified as array, not {}", path.kind())));
            };
            sorted.push(path.as_slice());
        }
        sorted.sort_by(|one, other| sort_order_of(one, other));
        match sorted.first() {
            None => Ok(self),
            Some([]) => Ok(Null),
            Some(_) => self.delete_sorted(&sorted, 0),
        }
    }

    pub(crate) fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            // Up to a NUL, as C's `strstr`.
            (Text(one), Text(other)) => until_nul(one).contains(until_nul(other)),
            (Array(one), Array(other)) => other
                .iter()
                .all(|other| one.iter().any(|one| one.rank() == other.rank() && one.contains(other))),
            (Object(one), Object(other)) => {
                other.iter().all(|(key, other)| one.get(key).is_some_and(|one| one.contains(other)))
            }
            _ => self == other,
        }
    }

    fn merge(self, other: Self) -> Self {
        match (self, other) {
            (Object(mut one), Object(other)) => {
                let map = Rc::make_mut(&mut one);
                for (key, value) in other.iter() {
                    let merged = match (map.get(key), value) {
                        (Some(old @ Object(_)), Object(_)) => old.clone().merge(value.clone()),
                        _ => value.clone(),
                    };
                    map.insert(key.clone(), merged);
                }
                Object(one)
            }
            (_, other) => other,
        }
    }
}

/// The index of an item: from the end when it is negative, `None` when it is not an integer or before the first.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "saturates; no array has 2^53 items"
)]
fn index_in(index: f64, length: usize) -> Option<usize> {
    let index = if index < 0.0 { index + length as f64 } else { index };
    usize::try_from(index as i64).ok().filter(|_| index.fract() == 0.0)
}

/// jq's order. NaN is smaller than every number, itself included.
fn order(one: &Value, other: &Value, nan: Ordering) -> Ordering {
    match (one, other) {
        (Number(one), Number(other)) => {
            one.partial_cmp(other).unwrap_or(match (one.is_nan(), other.is_nan()) {
                (true, true) => nan,
                (true, false) => Ordering::Less,
                _ => Ordering::Greater,
            })
        }
        (Text(one), Text(other)) => one.cmp(other),
        (Array(one), Array(other)) => order_of_all(one, other, nan),
        (Object(one), Object(other)) => {
            fn sorted(map: &Map) -> Vec<(&Rc<str>, &Value)> {
                let mut members: Vec<_> = map.iter().collect();
                members.sort_by_key(|(key, _)| *key);
                members
            }
            let (one, other) = (sorted(one), sorted(other));
            let keys = one.iter().map(|(key, _)| key).cmp(other.iter().map(|(key, _)| key));
            let values = one.iter().zip(&other).map(|((_, one), (_, other))| order(one, other, nan));
            keys.then_with(|| values.fold(Ordering::Equal, Ordering::then))
        }
        _ => one.rank().cmp(&other.rank()),
    }
}

fn order_of_all(one: &[Value], other: &[Value], nan: Ordering) -> Ordering {
    let items = one.iter().zip(other).map(|(one, other)| order(one, other, nan));
    items.fold(Ordering::Equal, Ordering::then).then(one.len().cmp(&other.len()))
}

/// The order for sorting, which has to be total.
pub(crate) fn sort_order(one: &Value, other: &Value) -> Ordering {
    order(one, other, Ordering::Equal)
}

fn sort_order_of(one: &[Value], other: &[Value]) -> Ordering {
    order_of_all(one, other, Ordering::Equal)
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        order(self, other, Ordering::Less).is_eq()
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(order(self, other, Ordering::Less))
    }
}

/// The number as an integer of C: the least one for NaN and for numbers that are too large.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
pub(crate) fn integer(number: f64) -> i64 {
    if number.abs() < 9.223_372_036_854_775e18 { number as i64 } else { i64::MIN }
}

/// The shortest digits of a number, and the power of ten of the first digit.
pub(crate) fn digits(number: f64) -> (String, i32) {
    let text = format!("{:e}", number.abs());
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (digits.replace('.', ""), exponent.parse().unwrap_or_default())
}

/// A number with digits before or after its point, without an exponent.
pub(crate) fn plain(digits: &str, exponent: i32) -> String {
    let Ok(before) = usize::try_from(exponent + 1) else {
        return format!("0.{}{digits}", "0".repeat(usize::try_from(-exponent - 1).unwrap_or_default()));
    };
    match digits.split_at_checked(before) {
        None => format!("{digits:0<before$}"),
        Some((all, "")) => all.to_owned(),
        Some(("", all)) => format!("0.{all}"),
        Some((before, after)) => format!("{before}.{after}"),
    }
}

/// Writes a number as jq does.
fn write_number(f: &mut fmt::Formatter, number: f64) -> fmt::Result {
    if number.is_nan() {
        return f.write_str("null");
    }
    let number = number.clamp(f64::MIN, f64::MAX);
    let (digits, exponent) = digits(number);
    if number.is_sign_negative() {
        f.write_char('-')?;
    }
    let length = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    if (-4..length + 15).contains(&exponent) {
        return f.write_str(&plain(&digits, exponent));
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    write!(f, "{first}{point}{rest}e{exponent:+03}")
}

/// Writes a text as JSON. jq escapes DEL as well.
fn write_text(f: &mut fmt::Formatter, text: &str) -> fmt::Result {
    let json = serde_json::to_string(text).map_err(|_| fmt::Error)?;
    f.write_str(&json.replace('\u{7f}', "\\u007f"))
}

impl Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Null => f.write_str("null"),
            Bool(bool) => write!(f, "{bool}"),
            Number(number) => write_number(f, *number),
            Text(text) => write_text(f, text),
            Array(items) => {
                f.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "," })?;
                    item.fmt(f)?;
                }
                f.write_char(']')
            }
            Object(map) => {
                f.write_char('{')?;
                for (index, (key, value)) in map.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "," })?;
                    write_text(f, key)?;
                    f.write_char(':')?;
                    value.fmt(f)?;
                }
                f.write_char('}')
            }
        }
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Bool(bool)
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers are doubles")]
impl From<isize> for Value {
    fn from(number: isize) -> Self {
        Number(number as f64)
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers are doubles")]
impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Number(number as f64)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Text(text.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Text(text.into())
    }
}

impl From<Range<Self>> for Value {
    fn from(range: Range<Self>) -> Self {
        let bounds = [("start", range.start), ("end", range.end)];
        Object(Rc::new(bounds.into_iter().map(|(key, bound)| (key.into(), bound.unwrap_or(Null))).collect()))
    }
}

impl FromIterator<Self> for Value {
    fn from_iter<I: IntoIterator<Item = Self>>(items: I) -> Self {
        Array(Rc::new(items.into_iter().collect()))
    }
}

impl Add for Value {
    type Output = ValR<Self>;
    fn add(self, other: Self) -> Self::Output {
        match (self, other) {
            (Null, value) | (value, Null) => Ok(value),
            (Number(one), Number(other)) => Ok(Number(one + other)),
            (Text(one), Text(other)) => Ok(Text([one, other].concat().into())),
            (Array(mut one), Array(other)) => {
                Rc::make_mut(&mut one).extend(other.iter().cloned());
                Ok(Array(one))
            }
            (Object(mut one), Object(other)) => {
                Rc::make_mut(&mut one).extend(other.iter().map(|(key, value)| (key.clone(), value.clone())));
                Ok(Object(one))
            }
            (one, other) => Err(one.wrong_pair(&other, "cannot be added")),
        }
    }
}

impl Sub for Value {
    type Output = ValR<Self>;
    fn sub(self, other: Self) -> Self::Output {
        match (self, other) {
            (Number(one), Number(other)) => Ok(Number(one - other)),
            (Array(one), Array(other)) => {
                Ok(one.iter().filter(|item| !other.contains(item)).cloned().collect())
            }
            (one, other) => Err(one.wrong_pair(&other, "cannot be subtracted")),
        }
    }
}

impl Mul for Value {
    type Output = ValR<Self>;
    fn mul(self, other: Self) -> Self::Output {
        match (self, other) {
            (Number(one), Number(other)) => Ok(Number(one * other)),
            (Text(text), Number(times)) | (Number(times), Text(text)) => {
                if times.is_nan() || times <= 0.0 {
                    return Ok(Null);
                }
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
                let times = (times as usize).max(1);
                if text.len().saturating_mul(times) > MOST {
                    return Err(error("Repeated string too long"));
                }
                Ok(Text(text.repeat(times).into()))
            }
            (one @ Object(_), other @ Object(_)) => Ok(one.merge(other)),
            (one, other) => Err(one.wrong_pair(&other, "cannot be multiplied")),
        }
    }
}

impl Div for Value {
    type Output = ValR<Self>;
    fn div(self, other: Self) -> Self::Output {
        match (&self, &other) {
            (Number(_), Number(0.0)) => {
                Err(self.wrong_pair(&other, "cannot be divided because the divisor is zero"))
            }
            (Number(one), Number(other)) => Ok(Number(one / other)),
            (Text(text), Text(separator)) => Ok(split(text, separator)),
            _ => Err(self.wrong_pair(&other, "cannot be divided")),
        }
    }
}

/// The parts of a text.
pub(crate) fn split(text: &str, separator: &str) -> Value {
    match (text, separator) {
        ("", _) => iter::empty().collect(),
        (text, "") => text.chars().map(|char| Value::from(char.to_string())).collect(),
        (text, separator) => text.split(separator).map(Value::from).collect(),
    }
}

impl Rem for Value {
    type Output = ValR<Self>;
    #[expect(clippy::cast_precision_loss, reason = "jq calculates with integers here")]
    fn rem(self, other: Self) -> Self::Output {
        match (&self, &other) {
            (Number(one), Number(by)) => match integer(*by) {
                0 => {
                    Err(self.wrong_pair(&other, "cannot be divided (remainder) because the divisor is zero"))
                }
                by => Ok(Number(integer(*one).wrapping_rem(by) as f64)),
            },
            _ => Err(self.wrong_pair(&other, "cannot be divided (remainder)")),
        }
    }
}

impl Neg for Value {
    type Output = ValR<Self>;
    fn neg(self) -> Self::Output {
        if let Number(number) = self { Ok(Number(-number)) } else { Err(self.wrong("cannot be negated")) }
    }
}

impl ValT for Value {
    fn from_num(number: &str) -> ValR<Self> {
        number.parse().map(Number).map_err(error)
    }

    fn from_map<I: IntoIterator<Item = (Self, Self)>>(members: I) -> ValR<Self> {
        let members = members.into_iter().map(|(key, value)| match key {
            Text(key) => Ok((key, value)),
            key => Err(error(format_args!("Cannot use {} as object key", key.shown()))),
        });
        members.collect::<Result<Map, _>>().map(|map| Object(Rc::new(map)))
    }

    fn key_values(self) -> BoxIter<'static, ValR<(Self, Self), Self>> {
        match self {
            Array(items) => {
                let items = Rc::unwrap_or_clone(items).into_iter().enumerate();
                Box::new(items.map(|(index, item)| Ok((Self::from(index), item))))
            }
            Object(map) => {
                Box::new(Rc::unwrap_or_clone(map).into_iter().map(|(key, value)| Ok((Text(key), value))))
            }
            other => box_once(Err(error(format_args!("Cannot iterate over {}", other.shown())))),
        }
    }

    fn values(self) -> Box<dyn Iterator<Item = ValR<Self>>> {
        match self {
            Array(items) => Box::new(Rc::unwrap_or_clone(items).into_iter().map(Ok)),
            other => Box::new(other.key_values().map(|member| member.map(|(_, value)| value))),
        }
    }

    fn index(self, key: &Self) -> ValR<Self> {
        self.get(key)
    }

    fn range(self, range: Range<&Self>) -> ValR<Self> {
        let wrong = |what| error(format_args!("Start and end indices of an {what} slice must be numbers"));
        match &self {
            Null => Ok(Null),
            Array(items) => {
                let (start, end) = Self::bounds(&range, items.len()).ok_or_else(|| wrong("array"))?;
                Ok(items[start..end].iter().cloned().collect())
            }
            Text(text) => {
                let (start, end) =
                    Self::bounds(&range, text.chars().count()).ok_or_else(|| wrong("string"))?;
                Ok(text.chars().skip(start).take(end - start).collect::<String>().into())
            }
            _ => Err(error(format_args!("Cannot index {} with object", self.kind()))),
        }
    }

    // Updates go through `_modify` of builtins.jq, as in jq, so that none of jaq's own are used.
    fn map_values<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        _: Opt,
        _: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        Ok(self)
    }

    fn map_index<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        _: &Self,
        _: Opt,
        _: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        Ok(self)
    }

    fn map_range<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        _: Range<&Self>,
        _: Opt,
        _: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        Ok(self)
    }

    fn as_bool(&self) -> bool {
        !matches!(self, Null | Bool(false))
    }

    fn into_string(self) -> Self {
        Text(self.text())
    }
}
