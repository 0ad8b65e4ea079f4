//! Times, always in UTC: as seconds, and as an array of parts.

use chrono::format::{Parsed, StrftimeItems, parse_and_remainder};
use chrono::{DateTime, Datelike, Days, NaiveDate, Timelike, Utc};
use jaq_core::ValR;

use crate::value::{Error, Value, error, integer, until_nul};
use Value::{Array, Number, Text};

/// A day by year, month (0 is January) and day of the month, any of which may be out of range, as 0 is for a day.
#[expect(clippy::cast_possible_truncation, reason = "in range after the remainder")]
fn date(year: i64, month: i64, day: i64) -> Option<NaiveDate> {
    let year = i32::try_from(year.checked_add(month.div_euclid(12))?).ok()?;
    let first = NaiveDate::from_ymd_opt(year, month.rem_euclid(12) as u32 + 1, 1)?;
    let days = day.checked_sub(1)?;
    let by = Days::new(days.unsigned_abs());
    if days < 0 { first.checked_sub_days(by) } else { first.checked_add_days(by) }
}

/// Seconds since 1970 of a time that is taken apart.
#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn seconds(parts: &[Value]) -> Option<i64> {
    let mut whole = [0; 6];
    for (whole, part) in whole.iter_mut().zip(parts) {
        let Number(part) = part else { return None };
        *whole = i64::from(*part as i32);
    }
    let [year, month, day, hour, minute, second] = whole;
    let midnight = date(year, month, day)?.and_hms_opt(0, 0, 0)?.and_utc().timestamp();
    Some(midnight + hour * 3600 + minute * 60 + second)
}

fn invalid() -> Error {
    error("invalid gmtime representation")
}

#[expect(clippy::cast_precision_loss, reason = "no year is that far away")]
pub(crate) fn mktime(value: &Value) -> ValR<Value> {
    let Array(parts) = value else { return Err(error("mktime requires array inputs")) };
    if parts.len() < 8 || parts.iter().take(8).any(|part| !matches!(part, Number(_))) {
        return Err(error("mktime requires parsed datetime inputs"));
    }
    seconds(parts).map(|seconds| Number(seconds as f64)).ok_or_else(invalid)
}

fn time(value: f64) -> Result<DateTime<Utc>, Error> {
    DateTime::from_timestamp(integer(value), 0)
        .ok_or_else(|| error("error converting number of seconds since epoch to datetime"))
}

pub(crate) fn gmtime(value: &Value) -> ValR<Value> {
    let Number(number) = value else { return Err(error("gmtime() requires numeric inputs")) };
    let time = time(*number)?;
    let second = f64::from(time.second()) + (number - number.floor());
    let parts = [
        f64::from(time.year()),
        time.month0().into(),
        time.day().into(),
        time.hour().into(),
        time.minute().into(),
        second,
        time.weekday().num_days_from_sunday().into(),
        time.ordinal0().into(),
    ];
    Ok(parts.into_iter().map(Number).collect())
}

/// The letters of formats that C and chrono have in common.
const LETTERS: &str = "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYz%";

pub(crate) fn strftime(value: &Value, format: &Value, name: &str) -> ValR<Value> {
    let wrong = || error(format_args!("{name} requires parsed datetime inputs"));
    let parts = match value {
        Number(_) => gmtime(value)?,
        parts => parts.clone(),
    };
    let Array(parts) = parts else { return Err(wrong()) };
    if parts.len() < 8 {
        return Err(wrong());
    }
    let time = seconds(&parts).and_then(|seconds| DateTime::from_timestamp(seconds, 0)).ok_or_else(wrong)?;
    let Text(format) = format else { return Err(error(format_args!("{name} requires a string format"))) };
    let format = until_nul(format);
    let mut text = String::new();
    let written = time.format_with_items(StrftimeItems::new(&in_chrono(format, &parts))).write_to(&mut text);
    if written.is_err() || text.is_empty() || text.len() > format.len() + 100 {
        return Err(error(format_args!("{name}: unknown system failure")));
    }
    Ok(text.into())
}

/// A format of C for chrono. C writes numbers as they are, even if there is no such day, and letters that it does not know.
fn in_chrono(format: &str, parts: &[Value]) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let part = |at: usize| if let Some(Number(part)) = parts.get(at) { *part as i64 } else { 0 };
    let [year, month, day] = [part(0), part(1) + 1, part(2)];
    let [hour, minute, second] = [part(3), part(4), part(5)];
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(char) = chars.next() {
        if char != '%' {
            out.push(char);
            continue;
        }
        let mut letter = chars.next();
        if matches!(letter, Some('E' | 'O')) && chars.as_str().starts_with(|next| LETTERS.contains(next)) {
            letter = chars.next();
        }
        let written = match letter {
            Some('Y') => year.to_string(),
            Some('m') => format!("{month:02}"),
            Some('d') => format!("{day:02}"),
            Some('H') => format!("{hour:02}"),
            Some('M') => format!("{minute:02}"),
            Some('S') => format!("{second:02}"),
            Some('F') => format!("{year}-{month:02}-{day:02}"),
            Some('T') => format!("{hour:02}:{minute:02}:{second:02}"),
            Some('Z') => "UTC".to_owned(),
            Some(flag @ ('-' | '_' | '0')) => format!("%{flag}"),
            Some(letter) if LETTERS.contains(letter) => format!("%{letter}"),
            Some(other) => format!("%%{other}"),
            None => "%%".to_owned(),
        };
        out.push_str(&written);
    }
    out
}

/// The parts of the time in a text. Missing parts are 0, as in C's `strptime`.
pub(crate) fn strptime(value: &Value, format: &Value) -> ValR<Value> {
    let (Text(text), Text(format)) = (value, format) else {
        return Err(error("strptime/1 requires string inputs and arguments"));
    };
    let (text, format) = (until_nul(text), until_nul(format));
    let unknown = |part: &str| part.starts_with(|letter| !LETTERS.contains(letter) && letter != 'Z');
    let known = !format.replace("%%", "").split('%').skip(1).any(unknown);
    let mut parsed = Parsed::new();
    // An offset may be `Z` and have a colon.
    let in_chrono = format.replace("%z", "%#z");
    let rest = parse_and_remainder(&mut parsed, text, StrftimeItems::new(&in_chrono)).ok().filter(|_| known);
    let rest = rest.filter(|rest| !rest.starts_with(|next: char| !next.is_ascii_whitespace()));
    let parts = rest.zip(broken_down(&parsed));
    let Some((rest, parts)) = parts else {
        return Err(error(format_args!("date \"{text}\" does not match format \"{format}\"")));
    };
    let rest = Some(rest).filter(|rest| !rest.is_empty()).map(Value::from);
    Ok(parts.into_iter().map(Number).chain(rest).collect())
}

#[expect(clippy::cast_precision_loss, reason = "no year is that far away")]
fn broken_down(parsed: &Parsed) -> Option<[f64; 8]> {
    if let Some(timestamp) = parsed.timestamp() {
        let Ok(Array(parts)) = gmtime(&Number(timestamp as f64)) else { return None };
        let mut whole = [0.0; 8];
        for (whole, part) in whole.iter_mut().zip(parts.iter()) {
            *whole = if let Number(part) = part { *part } else { 0.0 };
        }
        return Some(whole);
    }
    let short = || match (parsed.year_div_100().map(i64::from), parsed.year_mod_100().map(i64::from)) {
        (None, None) => None,
        (Some(century), of_century) => Some(century * 100 + of_century.unwrap_or(0)),
        (None, Some(of_century)) => Some(of_century + if of_century < 69 { 2000 } else { 1900 }),
    };
    let year = parsed.year().map(i64::from).or_else(short);
    let (mut month, mut day) =
        (parsed.month().map(|month| i64::from(month) - 1), parsed.day().map(i64::from));
    let has_date = year.is_some() || month.is_some() || day.is_some();
    let year = year.unwrap_or(1900);
    if let (Some(ordinal), None) = (parsed.ordinal(), month) {
        let date = date(year, 0, ordinal.into())?;
        (month, day) = (Some(date.month0().into()), Some(date.day().into()));
    }
    let (month, day) = (month.unwrap_or(0), day.unwrap_or(0));
    let date = date(year, month, day)?;
    let (mut weekday, mut ordinal) = (8.0, 367.0);
    if has_date {
        weekday = date.weekday().num_days_from_sunday().into();
        let first = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, 1, 1)?;
        ordinal = (date - first).num_days() as f64;
    }
    if let Some(named) = parsed.weekday() {
        weekday = named.num_days_from_sunday().into();
    }
    let hour = parsed.hour_div_12().unwrap_or(0) * 12 + parsed.hour_mod_12().unwrap_or(0);
    Some([
        year as f64,
        month as f64,
        day as f64,
        hour.into(),
        parsed.minute().unwrap_or(0).into(),
        parsed.second().unwrap_or(0).into(),
        weekday,
        ordinal,
    ])
}
