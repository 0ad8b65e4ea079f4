//! Removes what runs have made: this one, and those before it that were stopped.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;

use crate::names::is_ours;
use crate::session::{Answer, Session, WEBHOOKS};

/// How often a request that must not fail is sent.
const TRIES: u32 = 3;
const BETWEEN: Duration = Duration::from_secs(1);
/// Of 100 webhooks each.
const MOST_PAGES: u32 = 20;

/// What was removed, and what was not, with the reason.
#[derive(Debug, Default)]
pub(crate) struct Cleaned {
    pub(crate) removed: Vec<String>,
    pub(crate) left: Vec<String>,
}

/// Removes every webhook that [`is_ours`], and no other.
pub(crate) async fn clean(session: &mut Session) -> Cleaned {
    let mut cleaned = Cleaned::default();
    // It could be somebody else's by now.
    let stray = |name| format!("{name}: the server chose this name, so it is left alone");
    cleaned.left.extend(std::mem::take(&mut session.strays).into_iter().map(stray));
    session.allow_cleanup();
    log_in(session).await;
    let made = std::mem::take(&mut session.made);
    let mut names: BTreeSet<String> = made.into_iter().filter(|name| is_ours(name)).collect();
    if let Err(reason) = find(session, &mut names).await {
        cleaned.left.push(format!("webhooks of earlier runs, if any: {reason}"));
    }
    for name in names {
        match remove(session, &name).await {
            Ok(true) => cleaned.removed.push(name),
            Ok(false) => {}
            Err(reason) => cleaned.left.push(format!("{name}: {reason}")),
        }
    }
    cleaned
}

/// Gets a token that is new. When there is none, the old one may still do.
async fn log_in(session: &mut Session) {
    for _ in 0..TRIES {
        if session.log_in().await.is_ok() {
            break;
        }
        session.pause(BETWEEN).await;
    }
}

/// Adds the webhooks of this run in the list. A page that shows nothing new is the last, so a server that knows no pages
/// is asked twice.
async fn find(session: &mut Session, names: &mut BTreeSet<String>) -> Result<(), String> {
    let mut known = BTreeSet::new();
    for page in 1..=MOST_PAGES {
        let path = format!("{WEBHOOKS}?page={page}&per_page=100");
        let answer = insist(session, Method::GET, &path, Answer::ok).await?;
        let items = answer.list().ok_or("the answer holds no list of webhooks")?.1;
        let identifiers: Vec<&str> = items.iter().filter_map(|item| item["identifier"].as_str()).collect();
        names.extend(identifiers.iter().filter(|name| is_ours(name)).map(|name| (*name).to_owned()));
        let before = known.len();
        known.extend(identifiers.into_iter().map(str::to_owned));
        if known.len() == before {
            return Ok(());
        }
    }
    Err(format!("the list has more than {MOST_PAGES} pages"))
}

/// `false` when it was not there.
async fn remove(session: &mut Session, name: &str) -> Result<bool, String> {
    let is_gone = |answer: &Answer| answer.ok() || answer.status == 404;
    Ok(insist(session, Method::DELETE, &format!("{WEBHOOKS}/{name}"), is_gone).await?.ok())
}

/// Sends a request again until its answer will do.
async fn insist(
    session: &mut Session,
    method: Method,
    path: &str,
    will_do: fn(&Answer) -> bool,
) -> Result<Answer, String> {
    for _ in 1..TRIES {
        match session.ask(method.clone(), path, None).await {
            Ok(answer) if will_do(&answer) => return Ok(answer),
            _ => session.pause(BETWEEN).await,
        }
    }
    let last = session.ask(method, path, None).await?;
    if will_do(&last) { Ok(last) } else { Err(last.told()) }
}
