//! PDFs through `scan::prepare_pdf`.

use std::fmt::Write as _;

use telegram_passport::scan::{MAX_PDF_PAGES, MAX_SIDE, PdfError, Remark, ScanError, inspect, prepare_pdf};

/// A PDF whose pages have these sizes in points; each is red, green / blue, white by quarters.
fn pdf(pages: &[(u32, u32)]) -> Vec<u8> {
    let mut objects = vec!["<< /Type /Catalog /Pages 2 0 R >>".to_owned(), String::new()];
    let mut kids = String::new();
    for (width, height) in pages {
        let (w, h) = (width / 2, height / 2);
        let drawing =
            format!("1 0 0 rg 0 {h} {w} {h} re f 0 1 0 rg {w} {h} {w} {h} re f 0 0 1 rg 0 0 {w} {h} re f");
        let number = objects.len() + 1;
        write!(kids, "{number} 0 R ").unwrap();
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents {} 0 R /Resources << >> >>",
            number + 1
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{drawing}\nendstream", drawing.len()));
    }
    objects[1] = format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len());
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(file.len());
        write!(file, "{} 0 obj\n{object}\nendobj\n", index + 1).unwrap();
    }
    let table = file.len();
    write!(file, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for place in places {
        write!(file, "{place:010} 00000 n \n").unwrap();
    }
    write!(file, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1)
        .unwrap();
    file.into_bytes()
}

#[test]
fn each_page_of_a_pdf_becomes_a_scan() {
    let scans = prepare_pdf(&pdf(&[(595, 842), (842, 595), (100, 50)])).unwrap();
    let sizes: Vec<_> = scans.iter().map(|scan| (scan.width(), scan.height())).collect();
    assert!(sizes[0].1.abs_diff(MAX_SIDE) <= 1 && sizes[1].0.abs_diff(MAX_SIDE) <= 1, "{sizes:?}");
    assert!(sizes[2].0.abs_diff(417) <= 1 && sizes[2].1.abs_diff(208) <= 1, "300 dpi: {sizes:?}");
    for (index, scan) in scans.iter().enumerate() {
        assert_eq!(scan.remarks(), [Remark::Drawn { page: index + 1, pages: 3 }]);
        assert!(!inspect(scan.as_bytes()).unwrap().metadata.is_any());
        let image = image::load_from_memory(scan.as_bytes()).unwrap().to_rgb8();
        let (width, height) = image.dimensions();
        let expected = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255; 3]];
        for ((x, y), colour) in [(1, 1), (3, 1), (1, 3), (3, 3)].into_iter().zip(expected) {
            let found = image.get_pixel(x * width / 4, y * height / 4).0;
            let close = found.iter().zip(colour).all(|(found, colour)| found.abs_diff(colour) < 8);
            assert!(close, "page {}: {found:?} for {colour:?}", index + 1);
        }
    }
}

#[test]
fn a_pdf_that_cannot_be_drawn_says_why() {
    assert_eq!(prepare_pdf(b"%PDF-1.7 and nothing else").unwrap_err(), PdfError::Damaged);
    assert_eq!(prepare_pdf(&pdf(&[])).unwrap_err(), PdfError::Empty);
    let pages = MAX_PDF_PAGES + 1;
    assert_eq!(prepare_pdf(&pdf(&vec![(100, 100); pages])).unwrap_err(), PdfError::TooManyPages { pages });
    let narrow = prepare_pdf(&pdf(&[(100, 100), (2100, 100)])).unwrap_err();
    let reason = ScanError::TooNarrow { width: 2100, height: 100 };
    assert_eq!(narrow, PdfError::Page { page: 2, reason });
    // However much of it is missing, nothing panics.
    let whole = pdf(&[(100, 100)]);
    for cut in (0..whole.len()).step_by(37) {
        let _ = prepare_pdf(&whole[..cut]);
    }
}
