//! The `page` and `per_page` parameters of the documented list.

use crate::fault::PagingFault;
use crate::request::Request;
use crate::validate::Problem;

const LARGEST: usize = 100;

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) skip: usize,
    pub(crate) take: usize,
}

impl Page {
    pub(crate) const WHOLE: Self = Self { skip: 0, take: usize::MAX };

    /// The page that a request asks for. One that names none gets everything.
    pub(crate) fn of(request: &Request) -> Result<Self, Problem> {
        let page = request.query("page");
        let per_page = request.query("per_page");
        if page.is_none() && per_page.is_none() {
            return Ok(Self::WHOLE);
        }
        let page = page.map_or(Some(1), number).filter(|page| *page >= 1);
        let page = page.ok_or_else(|| Problem::at("page", "must be a whole number from 1"))?;
        let take = per_page.map_or(Some(LARGEST), number).filter(|count| (1..=LARGEST).contains(count));
        let take = take.ok_or_else(|| Problem::at("per_page", "must be a whole number from 1 to 100"))?;
        Ok(Self { skip: (page - 1).saturating_mul(take), take })
    }

    /// The page that a faulty server would give of a list of this length.
    pub(crate) fn with_fault(self, how: PagingFault, length: usize) -> Self {
        let Self { skip, take } = self;
        let index = skip / take;
        match how {
            PagingFault::Ignored => Self::WHOLE,
            PagingFault::Capped(most) => {
                let take = take.min(most.max(1));
                Self { skip: index.saturating_mul(take), take }
            }
            // One less from page to page, so that a page is no longer than it was asked to be.
            PagingFault::Repeated => Self { skip: index.saturating_mul(take.saturating_sub(1).max(1)), take },
            PagingFault::Cyclic => {
                let pages = length.div_ceil(take).max(1);
                Self { skip: (index % pages).saturating_mul(take), take }
            }
        }
    }
}

/// A number of digits alone. One that is too large becomes the largest.
fn number(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(usize::MAX))
}
