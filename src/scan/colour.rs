use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use zeroize::{Zeroize, Zeroizing};

use super::decode::picture::{Channels, Picture};
use super::jpeg::Remark;

/// Converts a picture to sRGB: by its embedded profile where there is a usable one, inks without one by the
/// plain formula.
///
/// An RGB profile on a grey picture is applied to the grey as RGB. A profile for another kind of colour than the
/// picture's, or one that cannot be read, is ignored and reported.
pub(super) fn to_srgb(mut picture: Picture, remarks: &mut Vec<Remark>) -> Picture {
    let profile = picture.icc.take();
    if let Some(icc) = profile {
        match by_profile(&picture, &icc) {
            Some(converted) => {
                if converted.changed {
                    remarks.push(Remark::ColoursConverted);
                }
                return converted.picture;
            }
            None => remarks.push(Remark::ProfileIgnored),
        }
    }
    if picture.channels == Channels::Cmyk {
        remarks.push(Remark::InksConverted);
        return from_inks(picture);
    }
    picture
}

struct Converted {
    picture: Picture,
    changed: bool,
}

fn by_profile(picture: &Picture, icc: &[u8]) -> Option<Converted> {
    let profile = ColorProfile::new_from_slice(icc).ok()?;
    let widened;
    let (source, layout) = match (profile.color_space, picture.channels) {
        (DataColorSpace::Rgb, Channels::Rgb) => (picture, Layout::Rgb),
        (DataColorSpace::Rgb, Channels::RgbAlpha) => (picture, Layout::Rgba),
        (DataColorSpace::Rgb, Channels::Gray) => {
            widened = picture.repeat_gray();
            (&widened, Layout::Rgb)
        }
        (DataColorSpace::Rgb, Channels::GrayAlpha) => {
            widened = picture.repeat_gray();
            (&widened, Layout::Rgba)
        }
        (DataColorSpace::Gray, Channels::Gray) => (picture, Layout::Gray),
        (DataColorSpace::Gray, Channels::GrayAlpha) => (picture, Layout::GrayAlpha),
        // Four inks travel in the layout of four samples.
        (DataColorSpace::Cmyk, Channels::Cmyk) => (picture, Layout::Rgba),
        _ => return None,
    };
    let channels = match source.channels {
        Channels::Gray | Channels::Rgb | Channels::Cmyk => Channels::Rgb,
        Channels::GrayAlpha | Channels::RgbAlpha => Channels::RgbAlpha,
    };
    let target = if channels == Channels::Rgb { Layout::Rgb } else { Layout::Rgba };
    let srgb = ColorProfile::new_srgb();
    let transform = profile.create_transform_8bit(layout, &srgb, target, TransformOptions::default()).ok()?;
    let mut samples = Zeroizing::new(vec![0; source.pixels() * channels.count()]);
    let width = usize::try_from(source.width).ok()?;
    for (from, to) in source
        .samples
        .chunks_exact(width * source.channels.count())
        .zip(samples.chunks_exact_mut(width * channels.count()))
    {
        transform.transform(from, to).ok()?;
    }
    // Most embedded profiles are sRGB itself, and then there is nothing to tell.
    let changed = source.channels.count() != channels.count()
        || source.samples.iter().zip(&*samples).any(|(from, to)| from.abs_diff(*to) > 2);
    Some(Converted { picture: source.with_samples(channels, samples), changed })
}

fn from_inks(mut picture: Picture) -> Picture {
    let mut samples = Zeroizing::new(vec![0; picture.pixels() * 3]);
    for (inks, colour) in picture.samples.chunks_exact(4).zip(samples.chunks_exact_mut(3)) {
        let paper = u32::from(255 - inks[3]);
        for (ink, sample) in inks.iter().zip(colour) {
            *sample = ((u32::from(255 - ink) * paper + 127) / 255) as u8;
        }
    }
    picture.samples.zeroize();
    picture.with_samples(Channels::Rgb, samples)
}

/// The picture as opaque RGB, transparent places white. Blended in sRGB, as browsers do.
pub(super) fn on_white(picture: Picture, remarks: &mut Vec<Remark>) -> Zeroizing<Vec<u8>> {
    let picture = match picture.channels {
        Channels::Gray | Channels::GrayAlpha => picture.repeat_gray(),
        _ => picture,
    };
    if picture.channels == Channels::Rgb {
        return picture.samples;
    }
    let mut samples = Zeroizing::new(vec![0; picture.pixels() * 3]);
    // What was copied to a clipboard often has an alpha that nobody filled in.
    if is_blank(&picture) {
        remarks.push(Remark::TransparencyIgnored);
        for (from, to) in picture.samples.chunks_exact(4).zip(samples.chunks_exact_mut(3)) {
            to.copy_from_slice(&from[..3]);
        }
        return samples;
    }
    let mut transparent = false;
    for (from, to) in picture.samples.chunks_exact(4).zip(samples.chunks_exact_mut(3)) {
        let alpha = u32::from(from[3]);
        transparent |= alpha < 255;
        for (sample, blended) in from.iter().zip(to) {
            *blended = ((u32::from(*sample) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        }
    }
    if transparent {
        remarks.push(Remark::LaidOnWhite);
    }
    samples
}

/// Whether alpha is 0 everywhere, and there is a picture under it.
fn is_blank(picture: &Picture) -> bool {
    let mut pixels = picture.samples.chunks_exact(4);
    let first = picture.samples.first_chunk::<3>();
    pixels.clone().all(|pixel| pixel[3] == 0)
        && pixels.any(|pixel| Some(&pixel[..3]) != first.map(|first| &first[..]))
}
