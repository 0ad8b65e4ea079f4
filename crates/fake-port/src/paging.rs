//! The `page` and `per_page` parameters of the documented list.

use crate::request::RecordedRequest;
use crate::validate::Problem;

const LARGEST: usize = 100;

/// A part of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) skip: usize,
    pub(crate) take: usize,
}

impl Page {
    /// The page that a request asks for. One that names none gets everything.
    pub(crate) fn of(request: &RecordedRequest) -> Result<Self, Problem> {
        let page = request.query("page");
        let per_page = request.query("per_page");
        if page.is_none() && per_page.is_none() {
            return Ok(Self { skip: 0, take: usize::MAX });
        }
        let page = page.map_or(Some(1), number).filter(|page| *page >= 1);
        let page = page.ok_or_else(|| Problem::at("page", "must be a whole number from 1"))?;
        let take = per_page.map_or(Some(LARGEST), number).filter(|count| (1..=LARGEST).contains(count));
        let take = take.ok_or_else(|| Problem::at("per_page", "must be a whole number from 1 to 100"))?;
        Ok(Self { skip: (page - 1).saturating_mul(take), take })
    }
}

/// A number in digits alone; a huge one is as large as can be told.
fn number(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;

    fn page(query: &[(&str, &str)]) -> Result<Page, String> {
        let pairs = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request =
            RecordedRequest::new(Method::GET, "/v1/webhooks".into(), pairs, HeaderMap::new(), Vec::new());
        Page::of(&request).map_err(|problem| problem.field().to_owned())
    }

    #[test]
    fn pages() {
        for (query, skip, take) in [
            (&[][..], 0, usize::MAX),
            (&[("other", "x")], 0, usize::MAX),
            (&[("page", "1")], 0, 100),
            (&[("page", "3")], 200, 100),
            (&[("per_page", "7")], 0, 7),
            (&[("page", "2"), ("per_page", "100")], 100, 100),
            (&[("page", "0002"), ("per_page", "01")], 1, 1),
            (&[("page", "x"), ("page", "2"), ("per_page", "5")], 5, 5),
            (&[("page", "99999999999999999999999999"), ("per_page", "10")], usize::MAX, 10),
        ] {
            assert_eq!(page(query), Ok(Page { skip, take }), "{query:?}");
        }
    }

    #[test]
    fn not_pages() {
        for text in ["0", "000", "-1", "+1", "1.0", "", " 1", "1 ", "x", "٣", "1e2"] {
            assert_eq!(page(&[("page", text)]), Err("page".into()), "page={text}");
            assert_eq!(page(&[("per_page", text)]), Err("per_page".into()), "per_page={text}");
        }
        for text in ["101", "99999999999999999999999999"] {
            assert_eq!(page(&[("per_page", text)]), Err("per_page".into()), "per_page={text}");
        }
    }
}
