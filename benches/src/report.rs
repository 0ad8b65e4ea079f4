//! Tables of figures, and whether they are what they are meant to be.

use std::process::ExitCode;

use serde::Serialize;

use crate::turns::quantile;

/// All that a program has measured.
#[derive(Serialize)]
pub struct Report {
    name: &'static str,
    tables: Vec<Table>,
}

/// Figures that stand side by side.
#[derive(Serialize)]
pub struct Table {
    /// What is measured.
    pub title: String,
    /// How, where that is not the same everywhere.
    pub note: &'static str,
    /// One for each subject.
    pub rows: Vec<Row>,
}

/// A figure.
#[derive(Serialize)]
pub struct Row {
    /// The subject.
    pub name: String,
    /// What was measured.
    pub value: f64,
    /// What it is measured in.
    pub unit: &'static str,
    /// To the baseline of the table.
    pub ratio: Option<f64>,
    /// The interquartile range of the measurements, in hundredths of their lower quartile, which is the figure.
    pub iqr: Option<f64>,
    /// What is wanted of it.
    pub aim: Option<Aim>,
}

/// What is wanted of a figure.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// The ratio is at most so much.
    RatioAtMost(f64),
    /// The ratio is at least so much.
    RatioAtLeast(f64),
    /// The figure is at most so much.
    AtMost(f64),
}

impl Row {
    /// A figure by itself.
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, ratio: None, iqr: None, aim: None }
    }

    /// Beside a baseline.
    pub fn ratio(mut self, ratio: f64) -> Self {
        self.ratio = Some(ratio);
        self
    }

    /// With the spread of what was measured, which is in order.
    pub fn iqr(mut self, measured: &[f64]) -> Self {
        self.iqr = Some(100.0 * (quantile(measured, 0.75) / quantile(measured, 0.25) - 1.0));
        self
    }

    /// With an aim, if there is one.
    pub fn aim(mut self, aim: impl Into<Option<Aim>>) -> Self {
        self.aim = aim.into();
        self
    }

    /// Whether it is as wanted. A ratio that is wanted and not there is not.
    pub fn met(&self) -> bool {
        match self.aim {
            None => true,
            Some(Aim::RatioAtMost(most)) => self.ratio.is_some_and(|ratio| ratio <= most),
            Some(Aim::RatioAtLeast(least)) => self.ratio.is_some_and(|ratio| ratio >= least),
            Some(Aim::AtMost(most)) => self.value <= most,
        }
    }
}

impl Report {
    /// Of a program.
    pub fn new(name: &'static str) -> Self {
        Self { name, tables: Vec::new() }
    }

    /// One table more.
    pub fn add(&mut self, table: Table) {
        self.tables.push(table);
    }

    /// Prints it as the arguments say, and tells how to end.
    pub fn finish(&self) -> ExitCode {
        let wanted = |argument| std::env::args().any(|given| given == argument);
        let met = self.tables.iter().flat_map(|table| &table.rows).all(Row::met);
        if wanted("--json") {
            match serde_json::to_string(self) {
                Ok(json) => println!("{json}"),
                Err(error) => eprintln!("error: {error}"),
            }
        } else {
            for table in &self.tables {
                table.print();
            }
            println!("\n{}", if met { "every aim is met" } else { "an aim is missed" });
        }
        if wanted("--check") && !met { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

impl Table {
    /// A table without rows.
    pub fn new(title: impl Into<String>, note: &'static str) -> Self {
        Self { title: title.into(), note, rows: Vec::new() }
    }

    fn print(&self) {
        println!("\n{}", self.title);
        if !self.note.is_empty() {
            println!("  ({})", self.note);
        }
        for row in &self.rows {
            let ratio = row.ratio.map_or_else(String::new, |ratio| format!("{ratio:.3}"));
            let iqr = row.iqr.map_or_else(String::new, |iqr| format!("IQR {iqr:.0} %"));
            let aim = row.aim.map_or_else(String::new, |aim| {
                let (sign, aim) = match aim {
                    Aim::RatioAtMost(aim) | Aim::AtMost(aim) => ("≤", aim),
                    Aim::RatioAtLeast(aim) => ("≥", aim),
                };
                format!("aim {sign} {aim} {}", if row.met() { "met" } else { "MISSED" })
            });
            let line = format!(
                "  {:<46} {:>12} {:<6} {ratio:>8} {iqr:>10}  {aim}",
                row.name,
                digits(row.value),
                row.unit
            );
            println!("{}", line.trim_end());
        }
    }
}

/// As many as say something.
fn digits(value: f64) -> String {
    match value {
        value if value >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.3}"),
    }
}
