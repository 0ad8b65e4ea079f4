//! A headless Chromium, driven by its own protocol over a pipe.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const NAMES: [&str; 4] = ["google-chrome", "chromium", "chromium-browser", "chrome"];

pub(crate) struct Browser {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    last: u64,
    session: Option<String>,
    /// What the page logged: errors, and what its policy blocked.
    pub(crate) logged: Vec<String>,
    _profile: TempDir,
}

impl Browser {
    /// Opens a page; `None` where there is no Chromium.
    pub(crate) fn open(url: &str) -> Option<Self> {
        let Some(program) = program() else {
            let needed = env::var_os("PORT_WEBHOOKS_NEEDS_CHROMIUM").is_some();
            assert!(!needed, "there is no chromium, and PORT_WEBHOOKS_NEEDS_CHROMIUM is set");
            eprintln!("skipped: there is no chromium");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        // The browser reads requests from descriptor 3, and writes responses to 4.
        let mut process = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#, &program])
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = process.stdin.take().unwrap();
        let from = BufReader::new(process.stdout.take().unwrap());
        let logged = Vec::new();
        let mut browser = Self { process, to, from, last: 0, session: None, logged, _profile: profile };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", attach)["sessionId"].as_str().unwrap().to_owned();
        browser.session = Some(session);
        for domain in ["Page", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser.size(1200, 760);
        browser.call("Page.navigate", json!({ "url": url }));
        while browser.message()["method"] != "Page.loadEventFired" {}
        Some(browser)
    }

    /// A request of the protocol.
    #[allow(clippy::needless_pass_by_value)] // So that `json!` can stand in the call.
    pub(crate) fn call(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut request = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = &self.session {
            request["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{request}\0").as_bytes()).unwrap();
        loop {
            let mut message = self.message();
            if message["id"] == self.last {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].take();
            }
        }
    }

    /// The next message of the browser.
    fn message(&mut self) -> Value {
        let mut message = Vec::new();
        self.from.read_until(0, &mut message).unwrap();
        assert_eq!(message.pop(), Some(0), "the browser has ended");
        let message: Value = serde_json::from_slice(&message).unwrap();
        let method = message["method"].as_str().unwrap_or_default();
        if method == "Runtime.exceptionThrown" || method == "Log.entryAdded" {
            self.logged.push(message["params"].to_string());
        }
        message
    }

    /// The value of an expression of the page.
    #[track_caller]
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let evaluate = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true,
        });
        let mut result = self.call("Runtime.evaluate", evaluate);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {result}");
        result["result"]["value"].take()
    }

    /// Waits until an expression of the page is true, and returns its value.
    #[track_caller]
    pub(crate) fn until(&mut self, expression: &str) -> Value {
        // The limit only turns what hangs into a failure.
        self.value(&format!(
            "new Promise((done, fail) => {{
                setTimeout(() => fail(document.body.innerText), 120000);
                const check = () => {{
                    const value = ({expression});
                    if (value) done(value); else requestAnimationFrame(check);
                }};
                check();
            }})"
        ))
    }

    /// The text of the first element that a selector finds.
    #[track_caller]
    pub(crate) fn text(&mut self, selector: &str) -> String {
        let text = self.until(&format!("document.querySelector({selector:?})?.innerText"));
        text.as_str().unwrap().to_owned()
    }

    /// Clicks the button with this text.
    pub(crate) fn click(&mut self, text: &str) {
        let button = format!(
            "[...document.querySelectorAll('button')].find((button) => button.innerText.includes({text:?}) && button.offsetParent)"
        );
        self.until(&format!(
            "(() => {{ const button = {button}; button?.click(); return Boolean(button); }})()"
        ));
    }

    pub(crate) fn press(&mut self, key: &str) {
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": key });
            match key {
                "Enter" => event["text"] = json!("\r"),
                key if key.len() == 1 => event["text"] = json!(key),
                _ => {}
            }
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    pub(crate) fn size(&mut self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", metrics);
    }

    pub(crate) fn prefers(&mut self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", features);
    }

    /// The names of elements that a screen reader announces with one of these roles.
    pub(crate) fn announced(&mut self, roles: &[&str]) -> Vec<String> {
        let tree = self.call("Accessibility.getFullAXTree", json!({}));
        let nodes = tree["nodes"].as_array().unwrap().iter();
        let wanted = nodes
            .filter(|node| node["ignored"] == false)
            .filter(|node| node["role"]["value"].as_str().is_some_and(|role| roles.contains(&role)));
        wanted.map(|node| node["name"]["value"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> Option<String> {
    let path = env::var_os("PATH")?;
    let found = env::split_paths(&path).flat_map(|directory| NAMES.map(|name| directory.join(name)));
    found.into_iter().find(|program| program.is_file()).map(|program| program.display().to_string())
}
