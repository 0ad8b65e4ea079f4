//! Masks members of JSON by their names. The text need not be whole or valid: what cannot be read as JSON may have secrets, too.

/// The JSON with `mask` in place of each text and number in members with a secret name, and with other texts changed by
/// `changed`. Nothing else of it differs.
pub(super) fn masked(
    json: &[u8],
    mask: &str,
    is_secret: impl Fn(&str) -> bool,
    changed: impl Fn(&str) -> String,
) -> Vec<u8> {
    if !json.contains(&b'"') {
        return json.to_vec();
    }
    let mut masked = Vec::with_capacity(json.len());
    let mut rest = json;
    let mut depth = 0_usize;
    // The depth of the member with a secret name that is being read.
    let mut secret_at = None;
    let mut follows_secret_name = false;
    while let [first, ..] = rest {
        let (token, after) = rest.split_at(length(rest));
        rest = after;
        let is_hidden = follows_secret_name || secret_at.is_some();
        let is_name = *first == b'"' && after.trim_ascii_start().starts_with(b":");
        match first {
            b'"' | b'-' | b'0'..=b'9' if is_hidden && !is_name => {
                masked.extend(quoted(mask));
            }
            b'"' => {
                let text = serde_json::from_slice::<String>(token).ok();
                match text.as_deref().map(&changed).filter(|changed| Some(changed) != text.as_ref()) {
                    Some(changed) => masked.extend(quoted(&changed)),
                    None => masked.extend(token),
                }
                follows_secret_name =
                    is_name && is_secret(&text.unwrap_or_else(|| String::from_utf8_lossy(token).into()));
                continue;
            }
            b'{' | b'[' => {
                if follows_secret_name {
                    secret_at.get_or_insert(depth);
                }
                depth += 1;
                masked.extend(token);
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                secret_at = secret_at.filter(|at| *at < depth);
                masked.extend(token);
            }
            _ => masked.extend(token),
        }
        follows_secret_name &= is_between(*first);
    }
    masked
}

/// The length of the first text, number or bracket, or of what is before the next one.
fn length(json: &[u8]) -> usize {
    let run = |is_in: &dyn Fn(&u8) -> bool| json.iter().take_while(|byte| is_in(byte)).count();
    match json {
        [b'"', rest @ ..] => {
            let mut is_escaped = false;
            let ends = |byte: &u8| {
                let ends = *byte == b'"' && !is_escaped;
                is_escaped = *byte == b'\\' && !is_escaped;
                ends
            };
            rest.iter().position(ends).map_or(json.len(), |end| end + 2)
        }
        [b'-' | b'0'..=b'9', ..] => run(&|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte)),
        [b'{' | b'}' | b'[' | b']', ..] => 1,
        [first, ..] if is_between(*first) => run(&|byte| is_between(*byte)),
        _ => run(&|byte| !is_between(*byte) && !byte.is_ascii_digit() && !b"\"-{}[]".contains(byte)),
    }
}

/// Whether a byte may be between a name and its value.
fn is_between(byte: u8) -> bool {
    byte == b':' || byte.is_ascii_whitespace()
}

fn quoted(text: &str) -> Vec<u8> {
    // A text always serializes.
    serde_json::to_vec(text).unwrap_or_default()
}
