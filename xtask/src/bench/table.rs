//! Figures as tables for people.

use std::fmt::Write as _;

use serde_json::Value;

/// All tables of a run.
pub(super) fn markdown(figures: &Value) -> String {
    let mut text = machine(&figures["machine"]);
    for report in figures["reports"].as_array().into_iter().flatten() {
        let _ = write!(text, "\n{}", self::report(report));
    }
    text
}

/// One line on the machine.
pub(super) fn machine(machine: &Value) -> String {
    let parts = ["date", "processor", "system", "rustc", "valgrind"].map(|part| machine[part].as_str());
    let mut parts: Vec<String> = parts.into_iter().flatten().map(str::to_owned).collect();
    if let Some(cores) = machine["cores"].as_u64() {
        parts.insert(parts.len().min(2), format!("{cores} cores"));
    }
    format!("Measured: {}.\n", parts.join(", "))
}

/// The tables of a program.
pub(super) fn report(report: &Value) -> String {
    let tables = report["tables"].as_array().into_iter().flatten().map(table);
    tables.collect::<Vec<_>>().join("\n")
}

fn table(table: &Value) -> String {
    let title = table["title"].as_str().unwrap_or_default();
    let mut text = format!("**{title}**");
    if let Some(note) = table["note"].as_str().filter(|note| !note.is_empty()) {
        let _ = write!(text, " ({note})");
    }
    text.push_str("\n\n| | figure | ratio | IQR | aim |\n|---|---:|---:|---:|---|\n");
    for row in rows(table) {
        let name = row["name"].as_str().unwrap_or_default();
        let unit = row["unit"].as_str().unwrap_or_default();
        let ratio = row["ratio"].as_f64().map_or_else(String::new, |ratio| format!("{ratio:.3}"));
        let iqr = row["iqr"].as_f64().map_or_else(String::new, |iqr| format!("{iqr:.0} %"));
        let figure = digits(row["value"].as_f64().unwrap_or_default());
        let aim = aim(row).map_or_else(String::new, |(sign, aim, met)| {
            format!("{sign} {} {}", digits(aim), if met { "met" } else { "**missed**" })
        });
        let _ =
            writeln!(text, "| {name} | {} | {ratio} | {iqr} | {aim} |", format!("{figure} {unit}").trim());
    }
    text
}

/// Each row whose aim is missed.
pub(super) fn missed(figures: &Value) -> Vec<String> {
    let reports = figures["reports"].as_array().into_iter().flatten();
    let tables = reports.flat_map(|report| report["tables"].as_array().into_iter().flatten());
    let mut missed = Vec::new();
    for table in tables {
        for row in rows(table).filter(|row| aim(row).is_some_and(|(_, _, met)| !met)) {
            let part = |part: &Value| part.as_str().unwrap_or_default().to_owned();
            missed.push(format!("{}: {}", part(&table["title"]), part(&row["name"])));
        }
    }
    missed
}

fn rows(table: &Value) -> impl Iterator<Item = &Value> {
    table["rows"].as_array().into_iter().flatten()
}

/// Its sign, its figure, and whether it is met.
fn aim(row: &Value) -> Option<(&'static str, f64, bool)> {
    let (kind, aim) = row["aim"].as_object()?.iter().next()?;
    let aim = aim.as_f64()?;
    let (ratio, value) = (row["ratio"].as_f64(), row["value"].as_f64());
    match kind.as_str() {
        "ratio_at_most" => Some(("ratio ≤", aim, ratio.is_some_and(|ratio| ratio <= aim))),
        "ratio_at_least" => Some(("ratio ≥", aim, ratio.is_some_and(|ratio| ratio >= aim))),
        _ => Some(("≤", aim, value.is_some_and(|value| value <= aim))),
    }
}

/// As many as say something.
fn digits(value: f64) -> String {
    match value {
        value if value >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.3}").trim_end_matches('0').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_has_each_figure_and_what_is_missed_is_named() {
        let figures = json!({
            "machine": { "date": "2026-11-25", "processor": "A", "cores": 2, "system": "linux", "rustc": null },
            "reports": [{ "name": "x", "tables": [{ "title": "T", "note": "n", "rows": [
                { "name": "a", "value": 1234.5, "unit": "ns", "ratio": 1.0, "iqr": 2.0, "aim": null },
                { "name": "b", "value": 0.5, "unit": "", "ratio": 1.3, "aim": { "ratio_at_most": 1.2 } },
                { "name": "c", "value": 10.0, "unit": "ms", "aim": { "at_most": 10.0 } },
                { "name": "d", "value": 1.0, "unit": "s", "ratio": 4.0, "aim": { "ratio_at_least": 3.8 } },
            ] }] }],
        });
        let text = markdown(&figures);
        assert_eq!(
            text,
            "Measured: 2026-11-25, A, 2 cores, linux.\n\n**T** (n)\n\n| | figure | ratio | IQR | aim |\n\
             |---|---:|---:|---:|---|\n| a | 1234 ns | 1.000 | 2 % |  |\n\
             | b | 0.5 | 1.300 |  | ratio ≤ 1.2 **missed** |\n| c | 10 ms |  |  | ≤ 10 met |\n\
             | d | 1 s | 4.000 |  | ratio ≥ 3.8 met |\n"
        );
        assert_eq!(missed(&figures), ["T: b"]);
    }
}
