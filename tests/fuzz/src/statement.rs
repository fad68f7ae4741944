//! The statement (对账单): pages of it and requests for it, read and written again, and its sums.

use sandbox_gateway::leg::{
    statement::{LineKind, MOST_LINES, Page, Request, Totals},
    xml,
};

/// A document.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(root) = xml::read(text) else { return };
    if let Ok(request) = Request::read(&root) {
        assert_eq!(Request::read(&xml::read(&request.to_xml()).unwrap()), Ok(request.clone()));
        assert!(request.page >= 1);
    }
    let Ok(page) = Page::read(&root) else { return };
    assert!(page.lines.len() <= MOST_LINES && page.page >= 1);
    let written = page.to_xml();
    let again = Page::read(&xml::read(&written).unwrap());
    assert_eq!(again.as_ref(), Ok(&page), "{written}");
    // The same bytes each time, or the signature on the next page would say nothing.
    assert_eq!(again.unwrap().to_xml(), written);
    sums(&page);
}

/// What is counted is what was charged and corrects nothing, and no sum leaves the range of amounts.
fn sums(page: &Page) {
    let counted = page.lines.iter().try_fold(Totals::default(), |totals, line| totals.and(line));
    let charged = page.lines.iter().filter(|line| line.kind == LineKind::Charged && !line.corrects);
    let sum: i128 = charged.map(|line| i128::from(line.amount_minor)).sum();
    match counted {
        Ok(totals) => {
            assert_eq!(i128::from(totals.charged_minor), sum);
            assert_eq!(totals.lines, i64::try_from(page.lines.len()).unwrap());
        }
        Err(_) => assert!(sum >= 1 << 53, "a sum that fits was refused"),
    }
}
