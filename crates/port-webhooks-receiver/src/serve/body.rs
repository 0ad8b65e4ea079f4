//! Bodies, up to a size.

use std::future::poll_fn;
use std::pin::pin;

use bytes::{Buf, Bytes, BytesMut};
use http_body::Body;

use super::unhandled::Unhandled;

/// The bytes of a body. One that says beforehand that it is larger is not read at all, and of one that turns
/// out to be no more is kept than is allowed.
pub(super) async fn read<B: Body>(body: B, most: usize) -> Result<Bytes, Unhandled> {
    if body.size_hint().lower() > most as u64 {
        return Err(Unhandled::TooLarge);
    }
    let mut body = pin!(body);
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        // Trailers are no part of the body.
        let Ok(mut data) = frame.map_err(|_| Unhandled::BrokenBody)?.into_data() else { continue };
        if first.len() + whole.len() + data.remaining() > most {
            return Err(Unhandled::TooLarge);
        }
        // What comes in one piece is not copied.
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
