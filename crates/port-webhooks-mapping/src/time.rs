//! Times, which are always in UTC here: as seconds, and taken apart into an array.

use chrono::format::{Parsed, StrftimeItems, parse_and_remainder};
use chrono::{DateTime, Datelike, Days, NaiveDate, Timelike, Utc};
use jaq_core::ValR;

use crate::value::{Error, Value, error};
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
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    DateTime::from_timestamp(value as i64, 0)
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

pub(crate) fn strftime(value: &Value, format: &Value, name: &str) -> ValR<Value> {
    let wrong = || error(format_args!("{name} requires parsed datetime inputs"));
    let time = match value {
        Number(number) => time(*number)?,
        Array(parts) if parts.len() >= 8 => {
            seconds(parts).and_then(|seconds| DateTime::from_timestamp(seconds, 0)).ok_or_else(wrong)?
        }
        _ => return Err(wrong()),
    };
    let Text(format) = format else { return Err(error(format_args!("{name} requires a string format"))) };
    let mut text = String::new();
    // C has no sign before a year, and no zeros.
    let format = format.replace("%Z", "UTC").replace("%Y", &time.year().to_string());
    let written = time.format_with_items(StrftimeItems::new(&format)).write_to(&mut text);
    if written.is_err() || text.is_empty() || text.len() > format.len() + 100 {
        return Err(error(format_args!("{name}: unknown system failure")));
    }
    Ok(text.into())
}

/// What stands in a text, with 0 for what does not, as C's `strptime` leaves it.
pub(crate) fn strptime(value: &Value, format: &Value) -> ValR<Value> {
    let (Text(text), Text(format)) = (value, format) else {
        return Err(error("strptime/1 requires string inputs and arguments"));
    };
    let mut parsed = Parsed::new();
    let rest = parse_and_remainder(&mut parsed, text, StrftimeItems::new(format)).ok();
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
    let short = || {
        let of_century = i64::from(parsed.year_mod_100()?);
        let century = parsed.year_div_100().map_or(if of_century < 69 { 20 } else { 19 }, i64::from);
        Some(century * 100 + of_century)
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
