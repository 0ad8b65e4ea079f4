//! Bodies, up to a size.

use std::future::poll_fn;
use std::pin::pin;

use bytes::{Buf, Bytes, BytesMut};
use http_body::Body;

use super::rejection::Rejection;

/// The bytes of a body, at most `most`. A body that announces more is not read at all; reading of any other stops at
/// the limit.
pub(super) async fn read<B: Body>(body: B, most: usize) -> Result<Bytes, Rejection> {
    if body.size_hint().lower() > most as u64 {
        return Err(Rejection::TooLarge);
    }
    let mut body = pin!(body);
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        // Trailers do not belong to the body.
        let Ok(mut data) = frame.map_err(|_| Rejection::BrokenBody)?.into_data() else { continue };
        if first.len() + whole.len() + data.remaining() > most {
            return Err(Rejection::TooLarge);
        }
        // A body in one piece is not copied.
        if first.is_empty() && whole.is_empty() {
            first = data.copy_to_bytes(data.remaining());
        } else {
            whole.extend_from_slice(&std::mem::take(&mut first));
            while data.has_remaining() {
                let length = data.chunk().len();
                whole.extend_from_slice(data.chunk());
                data.advance(length);
            }
        }
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}
