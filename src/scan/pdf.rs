//! PDFs, as banks send statements: each page drawn as a scan.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::RgbImage;
use zeroize::Zeroizing;

use super::limits::{MAX_INPUT_BYTES, MAX_JPEG_BYTES, MAX_RATIO, MAX_SIDE};
use super::prepare::encode;
use super::{PassportJpeg, Remark, ScanError};

/// A document has as many files at most.
pub const MAX_PDF_PAGES: usize = 20;
/// A page is drawn with so many pixels for each of its points (72 in an inch) at most: 300 dpi.
const MAX_SCALE: f32 = 300.0 / 72.0;
/// So long may all pages take.
const TIME_OUT: Duration = Duration::from_secs(120);
/// Forms lie in forms, as deep as whoever made them likes.
const STACK: usize = 64 * 1024 * 1024;

/// Why a PDF cannot become scans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PdfError {
    /// It opens with a password only.
    #[error("the PDF is locked with a password; save it without one")]
    Locked,
    /// It cannot be read.
    #[error("the PDF is damaged")]
    Damaged,
    /// It has no pages.
    #[error("the PDF has no pages")]
    Empty,
    /// More pages than a document may have files.
    #[error("the PDF has {pages} pages; at most {MAX_PDF_PAGES} are taken")]
    TooManyPages {
        /// How many it has.
        pages: usize,
    },
    /// Drawing took longer than two minutes.
    #[error("the PDF takes too long to draw")]
    TooSlow,
    /// A page that cannot be a scan.
    #[error("page {page}: {reason}")]
    Page {
        /// Which, from 1.
        page: usize,
        /// Why.
        reason: ScanError,
    },
}

/// Draws each page of a PDF as a Passport scan, at 300 dpi or, where that would be too large, as
/// [`prepare`](super::prepare) fits pictures.
///
/// Where a font or a picture on a page cannot be drawn, [`Remark::NotAllDrawn`] says so. A PDF that takes too long is
/// given up, but the thread that draws it goes on until it is done.
///
/// # Errors
/// [`PdfError`].
pub fn prepare_pdf(pdf: &[u8]) -> Result<Vec<PassportJpeg>, PdfError> {
    if pdf.len() > MAX_INPUT_BYTES {
        return Err(PdfError::Page {
            page: 1,
            reason: ScanError::FileTooLarge { bytes: pdf.len(), most: MAX_INPUT_BYTES },
        });
    }
    let pdf = pdf.to_vec();
    let (tell, told) = mpsc::channel();
    let drawing = std::thread::Builder::new().name("pdf".to_owned()).stack_size(STACK).spawn(move || {
        // Nobody listens any more where it took too long.
        let _ = tell.send(draw(pdf));
    });
    drawing.map_err(|_| PdfError::Damaged)?;
    told.recv_timeout(TIME_OUT).unwrap_or_else(|error| {
        Err(match error {
            mpsc::RecvTimeoutError::Timeout => PdfError::TooSlow,
            // It panicked.
            mpsc::RecvTimeoutError::Disconnected => PdfError::Damaged,
        })
    })
}

fn draw(pdf: Vec<u8>) -> Result<Vec<PassportJpeg>, PdfError> {
    let pdf = Pdf::new(pdf).map_err(|error| match error {
        LoadPdfError::Decryption(_) => PdfError::Locked,
        LoadPdfError::Invalid => PdfError::Damaged,
    })?;
    let pages = pdf.pages();
    match pages.len() {
        0 => return Err(PdfError::Empty),
        count @ (0..=MAX_PDF_PAGES) => count,
        pages => return Err(PdfError::TooManyPages { pages }),
    };
    let cache = RenderCache::new();
    let mut scans = Vec::new();
    for (index, page) in pages.iter().enumerate() {
        let at = |reason| PdfError::Page { page: index + 1, reason };
        let (width, height) = page.render_dimensions();
        let longer = width.max(height);
        if !longer.is_finite() || width.min(height) < 1.0 {
            return Err(PdfError::Damaged);
        }
        if longer > width.min(height) * MAX_RATIO as f32 {
            return Err(at(ScanError::TooNarrow { width: width as u32, height: height as u32 }));
        }
        let scale = MAX_SCALE.min(MAX_SIDE as f32 / longer);
        let missed = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&missed);
        let settings = InterpreterSettings {
            warning_sink: Arc::new(move |_| noted.store(true, Ordering::Relaxed)),
            ..InterpreterSettings::default()
        };
        let size = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
        let drawn = hayro::render(page, &cache, &settings, &RenderSettings::default(), &size);
        let (width, height) = (u32::from(drawn.width()), u32::from(drawn.height()));
        // On white nothing is transparent.
        let mut samples = Zeroizing::new(Vec::with_capacity(drawn.data_as_u8_slice().len() / 4 * 3));
        for pixel in drawn.data_as_u8_slice().chunks_exact(4) {
            samples.extend(&pixel[..3]);
        }
        let image =
            RgbImage::from_raw(width, height, std::mem::take(&mut *samples)).ok_or(PdfError::Damaged)?;
        let mut remarks = vec![Remark::Drawn { page: index + 1, pages: pages.len() }];
        if missed.load(Ordering::Relaxed) {
            remarks.push(Remark::NotAllDrawn);
        }
        scans.push(encode(image.into(), remarks, MAX_JPEG_BYTES).map_err(at)?);
    }
    Ok(scans)
}
