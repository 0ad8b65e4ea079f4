//! Numbers in a query: `page` and `per_page` of the documented list, and others.

use std::ops::RangeInclusive;

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
        let (page, per_page) =
            (number(request, "page", 1..=usize::MAX)?, number(request, "per_page", 1..=LARGEST)?);
        if page.is_none() && per_page.is_none() {
            return Ok(Self::WHOLE);
        }
        let take = per_page.unwrap_or(LARGEST);
        Ok(Self { skip: (page.unwrap_or(1) - 1).saturating_mul(take), take })
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

/// A parameter of the query that is a number between these, in digits alone.
pub(crate) fn number(
    request: &Request,
    name: &str,
    bounds: RangeInclusive<usize>,
) -> Result<Option<usize>, Problem> {
    let Some(text) = request.query(name) else { return Ok(None) };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A number that is too large for the type is the largest.
    let number = digits.then(|| text.parse().unwrap_or(usize::MAX)).filter(|number| bounds.contains(number));
    number.map(Some).ok_or_else(|| {
        let most = match *bounds.end() {
            usize::MAX => String::new(),
            most => format!(" to {most}"),
        };
        Problem::at(name, format!("must be a whole number from {}{most}", bounds.start()))
    })
}
