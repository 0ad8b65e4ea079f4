//! Tokens.

use crate::readings::yes;
use crate::report::{Outcome, Settled};
use crate::session::Session;

const FIXED: &str = "needs a client id and secret, and the run has an access token";

pub(crate) async fn reissue(session: &mut Session) -> Outcome {
    let (first, _) = session.new_token().await?.ok_or(FIXED)?;
    let (second, answer) = session.new_token().await?.ok_or(FIXED)?;
    let same = first == second;
    let evidence = format!(
        "two requests for a token, {} tokens: {}",
        if same { "equal" } else { "different" },
        answer.told()
    );
    Ok(Settled::new(yes(same), evidence))
}

pub(crate) async fn rate(session: &mut Session) -> Outcome {
    // Twice, and once without: what others send at the same time would be taken for the token's.
    let mut seen = vec![remaining(session).await?, remaining(session).await?];
    for _ in 0..2 {
        session.new_token().await?.ok_or(FIXED)?;
        seen.push(remaining(session).await?);
    }
    let evidence = format!("x-ratelimit-remaining with lists alone {}, then {}", seen[0], seen[1])
        + &format!(", and after a token and a list each {} and {}", seen[2], seen[3]);
    let took: Option<Vec<u64>> = seen.windows(2).map(|pair| pair[0].checked_sub(pair[1])).collect();
    match took.as_deref() {
        Some([1, 1, 1]) => Ok(Settled::new("nothing", evidence)),
        Some([1, 2, 2]) => Ok(Settled::new("one request", evidence)),
        _ => Err(format!("others used the limit, or it was reset: {evidence}")),
    }
}

async fn remaining(session: &mut Session) -> Result<u64, String> {
    let answer = session.list(&[("per_page", "1"), ("page", "1")]).await?;
    answer.number("x-ratelimit-remaining").ok_or_else(|| "no answer had x-ratelimit-remaining".to_owned())
}
