//! What it costs to build a program on each of the crates, against one on reqwest, in one run. Linux only.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml --bin builds`
//!
//! It takes minutes, and says on standard error what it does.

use std::collections::BTreeSet;
use std::error::Error;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, process};

use port_webhooks_benches::{Aim, Report, Row, Table, timed};

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Two, so that the seconds that pass can be compared from machine to machine.
const JOBS: &str = "2";
/// Ticks in a second, which Linux tells every program alike.
const TICKS: f64 = 100.0;

/// A program that is built, with what is wanted of that.
struct Hello {
    name: &'static str,
    dependencies: &'static str,
    source: &'static str,
    most_cpu: Option<f64>,
    most_crates: Option<f64>,
}

/// The first is what the others are compared with.
const HELLOS: [Hello; 7] = [
    Hello {
        name: "reqwest",
        dependencies: r#"
            reqwest = { version = "0.13", default-features = false, features = ["json", "rustls"] }
            serde = { version = "1", features = ["derive"] }
            serde_json = "1"
            tokio = { version = "1", features = ["macros", "rt"] }
        "#,
        source: r#"
            #[derive(Debug, serde::Deserialize)]
            struct Webhook { identifier: String, url: Option<String> }

            #[tokio::main(flavor = "current_thread")]
            async fn main() -> Result<(), Box<dyn std::error::Error>> {
                let http = reqwest::Client::new();
                let answer = http.get("https://api.port.io/v1/webhooks/a").bearer_auth("token").send().await?;
                let webhook: Webhook = serde_json::from_slice(&answer.bytes().await?)?;
                println!("{} {:?}", webhook.identifier, webhook.url);
                Ok(())
            }
        "#,
        most_cpu: None,
        most_crates: None,
    },
    Hello {
        name: "port-webhooks",
        dependencies: r#"
            port-webhooks = { path = "CRATES/port-webhooks" }
            tokio = { version = "1", features = ["macros", "rt"] }
        "#,
        source: r#"
            #[tokio::main(flavor = "current_thread")]
            async fn main() -> Result<(), Box<dyn std::error::Error>> {
                let port = port_webhooks::Client::from_env()?;
                let webhook = port.webhooks().get("a").await?;
                println!("{} {:?}", webhook.identifier, webhook.url);
                Ok(())
            }
        "#,
        most_cpu: Some(1.15),
        most_crates: Some(100.0),
    },
    Hello {
        name: "port-webhooks-receiver",
        dependencies: r#"port-webhooks-receiver = { path = "CRATES/port-webhooks-receiver" }"#,
        source: r##"
            fn main() -> Result<(), Box<dyn std::error::Error>> {
                let body = br#"{"event":"run.created","data":{"run":{"id":"r_1"}}}"#;
                let headers = port_webhooks_receiver::Signer::body("secret").build()?.sign(body);
                let verifier = port_webhooks_receiver::Verifier::body("secret").build()?;
                println!("{:?}", verifier.verify(&headers, body)?.delivery().event_name());
                Ok(())
            }
        "##,
        most_cpu: Some(0.25),
        most_crates: Some(45.0),
    },
    Hello {
        name: "port-webhooks-api",
        dependencies: r#"
            port-webhooks-api = { path = "CRATES/port-webhooks-api" }
            serde_json = "1"
        "#,
        source: r##"
            fn main() -> Result<(), Box<dyn std::error::Error>> {
                let webhook: port_webhooks_api::Webhook = serde_json::from_str(r#"{"identifier":"a"}"#)?;
                println!("{} {:?}", webhook.identifier, webhook.url);
                Ok(())
            }
        "##,
        most_cpu: None,
        most_crates: None,
    },
    Hello {
        name: "fake-port",
        dependencies: r#"
            fake-port = { path = "CRATES/fake-port" }
            tokio = { version = "1", features = ["macros", "rt"] }
        "#,
        source: FAKE,
        most_cpu: None,
        most_crates: None,
    },
    Hello {
        name: "fake-port, serve",
        dependencies: r#"
            fake-port = { path = "CRATES/fake-port", features = ["serve"] }
            tokio = { version = "1", features = ["macros", "rt"] }
        "#,
        source: FAKE,
        most_cpu: None,
        most_crates: None,
    },
    // A program already.
    Hello { name: "port-webhooks-cli", dependencies: "", source: "", most_cpu: None, most_crates: None },
];

const FAKE: &str = r#"
    #[tokio::main(flavor = "current_thread")]
    async fn main() {
        println!("{}", fake_port::FakePort::start().await.uri());
    }
"#;

/// What building took.
struct Cost {
    cpu: f64,
    wall: f64,
    crates: f64,
    linked: f64,
}

/// A directory that goes when this does.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Hello {
    /// Writes the program into a directory, with the versions that the workspace has, and tells its package.
    fn write(&self, directory: &Path) -> Result<(PathBuf, &'static str), Box<dyn Error>> {
        let workspace = fs::canonicalize(WORKSPACE)?;
        if self.source.is_empty() {
            return Ok((workspace.join("Cargo.toml"), self.name));
        }
        fs::create_dir_all(directory.join("src"))?;
        fs::copy(workspace.join("Cargo.lock"), directory.join("Cargo.lock"))?;
        fs::write(directory.join("src/main.rs"), self.source)?;
        let crates = workspace.join("crates").display().to_string();
        let dependencies = self.dependencies.replace("CRATES", &crates);
        let manifest = directory.join("Cargo.toml");
        let package = "[workspace]\n[package]\nname = \"hello\"\nedition = \"2024\"\n[dependencies]\n";
        fs::write(&manifest, format!("{package}{dependencies}"))?;
        Ok((manifest, "hello"))
    }

    /// Builds it from nothing but the sources.
    fn build(&self, scratch: &Path, host: &str) -> Result<Cost, Box<dyn Error>> {
        let directory = scratch.join(self.name.replace(", ", "-"));
        let (manifest, package) = self.write(&directory)?;
        let target = directory.join("target");
        let cargo = |arguments: &[&str]| run(cargo(&manifest, &target).args(arguments));
        eprintln!("{}: fetching", self.name);
        cargo(&["fetch", "--target", host])?;
        let count = |edges| -> Result<f64, Box<dyn Error>> {
            let tree = cargo(&["tree", "--offline", "-p", package, "-e", edges, "--prefix", "none"])?;
            let crates: BTreeSet<&str> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
            // Without the program itself.
            Ok(crates.len() as f64 - 1.0)
        };
        let (crates, linked) = (count("normal,build")?, count("normal")?);
        eprintln!("{}: building with {crates} crates", self.name);
        let before = cpu_of_children()?;
        let (built, wall) = timed(|| cargo(&["build", "--offline", "-p", package]));
        built?;
        let cpu = cpu_of_children()? - before;
        eprintln!("{}: {cpu:.1} s of CPU in {wall:.1} s", self.name);
        fs::remove_dir_all(&target)?;
        Ok(Cost { cpu, wall, crates, linked })
    }
}

/// Cargo as a user has it: what this program was started with does not reach it.
fn cargo(manifest: &Path, target: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").as_deref().unwrap_or(OsStr::new("cargo")));
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER"] {
        command.env_remove(name);
    }
    command.current_dir(manifest.parent().unwrap_or(manifest));
    command.env("CARGO_TARGET_DIR", target).env("CARGO_BUILD_JOBS", JOBS);
    // Crates from a registry are built whole, and with cargo's own profile.
    command.env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "2");
    command
}

fn run(command: &mut Command) -> Result<String, Box<dyn Error>> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?}\n{}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Seconds that programs have taken which this one has started and seen end, and those which they have.
fn cpu_of_children() -> Result<f64, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name of the program comes second, in parentheses, and may hold anything.
    let (_, fields) = stat.rsplit_once(')').ok_or("no name in /proc/self/stat")?;
    let ticks: Vec<f64> = fields.split_whitespace().skip(13).take(2).flat_map(str::parse).collect();
    Ok(ticks.iter().sum::<f64>() / TICKS)
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let scratch = Scratch(env::temp_dir().join(format!("port-webhooks-build-{}", process::id())));
    let about = run(Command::new("rustc").arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc has no host")?;
    let mut cpu =
        Table::new("CPU to build a small program, in debug", "from nothing, two jobs; ratios to reqwest");
    let mut wall = Table::new("time to build it", "");
    let mut crates =
        Table::new("crates that are built for it", "those that only build scripts use among them");
    let mut linked = Table::new("crates without those that only build scripts use", "");
    let mut baseline = None;
    for hello in HELLOS {
        let cost = hello.build(&scratch.0, host)?;
        let (base_cpu, base_wall) = *baseline.get_or_insert((cost.cpu, cost.wall));
        let aim = hello.most_cpu.map(Aim::RatioAtMost);
        cpu.rows.push(Row::new(hello.name, cost.cpu, "s").ratio(cost.cpu / base_cpu).aim(aim));
        wall.rows.push(Row::new(hello.name, cost.wall, "s").ratio(cost.wall / base_wall));
        crates.rows.push(Row::new(hello.name, cost.crates, "").aim(hello.most_crates.map(Aim::AtMost)));
        linked.rows.push(Row::new(hello.name, cost.linked, ""));
    }
    let mut report = Report::new("builds");
    for table in [cpu, wall, crates, linked] {
        report.add(table);
    }
    Ok(report.finish())
}
