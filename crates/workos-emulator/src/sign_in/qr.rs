//! QR codes, as PNG images in `data:` URLs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use qrcode::{Color, QrCode};

/// The light border that scanners need, in modules.
const BORDER: usize = 4;
/// The pixels of a module, in both directions.
const SCALE: usize = 4;
/// The most bytes of a block in a zlib stream that is not compressed.
const BLOCK: usize = 0xffff;

/// This text as a QR code, or `None` if it is too long for one.
pub(crate) fn data_url(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    Some(format!("data:image/png;base64,{}", STANDARD.encode(image(&code))))
}

/// A PNG image in black and white.
fn image(code: &QrCode) -> Vec<u8> {
    let (modules, colors) = (code.width(), code.to_colors());
    let is_light = |x: usize, y: usize| {
        let inside = |at: usize| (at / SCALE).checked_sub(BORDER).filter(|at| *at < modules);
        let module = inside(x).zip(inside(y)).and_then(|(x, y)| colors.get(y * modules + x));
        module != Some(&Color::Dark)
    };
    let side = (modules + 2 * BORDER) * SCALE;
    let mut pixels = Vec::new();
    for y in 0..side {
        pixels.push(0); // a row without a filter
        for x in (0..side).step_by(8) {
            pixels.push((x..x + 8).fold(0, |bits, x| bits << 1 | u8::from(is_light(x, y))));
        }
    }
    let side = u32::try_from(side).unwrap_or(0).to_be_bytes();
    // One bit for each pixel, grayscale.
    let header = [&side, &side, [1, 0, 0, 0, 0].as_slice()].concat();
    let chunks = [chunk(b"IHDR", &header), chunk(b"IDAT", &zlib(&pixels)), chunk(b"IEND", &[])];
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat()
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [kind, data].concat();
    let length = u32::try_from(data.len()).unwrap_or(0);
    [&length.to_be_bytes(), named.as_slice(), &crc32(&named).to_be_bytes()].concat()
}

/// A zlib stream that is not compressed: the image is small, and nothing waits for it.
fn zlib(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(BLOCK).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(0);
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler32(data).to_be_bytes());
    stream
}

fn crc32(data: &[u8]) -> u32 {
    let shift = |crc: u32, _| if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0xedb8_8320 };
    !data.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), shift))
}

fn adler32(data: &[u8]) -> u32 {
    let (a, b) = data.iter().fold((1, 0), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pixels of our PNG images, row by row; light is `true`.
    fn pixels(png: &[u8]) -> Vec<Vec<bool>> {
        let (mut rest, mut side, mut data) =
            (png.strip_prefix(b"\x89PNG\r\n\x1a\n").unwrap(), 0, vec![]);
        while let Some((length, more)) = rest.split_first_chunk() {
            let length = u32::from_be_bytes(*length) as usize;
            let (named, more) = more.split_at(length + 4);
            let (crc, more) = more.split_first_chunk().unwrap();
            assert_eq!(u32::from_be_bytes(*crc), crc32(named));
            match &named[..4] {
                b"IHDR" => side = u32::from_be_bytes(*named[4..].first_chunk().unwrap()) as usize,
                b"IDAT" => data = named[4..].to_vec(),
                name => assert_eq!(name, b"IEND"),
            }
            rest = more;
        }
        let (mut rest, mut raw) = (&data[2..data.len() - 4], vec![]);
        while let [_, low, high, _, _, more @ ..] = rest {
            let (block, more) = more.split_at(usize::from(u16::from_le_bytes([*low, *high])));
            raw.extend(block);
            rest = more;
        }
        assert_eq!(adler32(&raw).to_be_bytes(), data[data.len() - 4..]);
        let bit = |row: &[u8], x: usize| row[1 + x / 8] >> (7 - x % 8) & 1 == 1;
        let rows = raw.chunks(1 + side.div_ceil(8));
        let rows: Vec<_> = rows.map(|row| (0..side).map(|x| bit(row, x)).collect()).collect();
        assert_eq!(rows.len(), side);
        rows
    }

    #[test]
    fn the_image_has_the_modules_of_the_code_and_a_border() {
        for text in ["A", &"otpauth://totp/".repeat(12), &"x".repeat(2300)] {
            let url = data_url(text).unwrap();
            let png = STANDARD.decode(url.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
            let (pixels, code) = (pixels(&png), QrCode::new(text).unwrap());
            assert_eq!(pixels.len(), (code.width() + 8) * 4);
            for (y, row) in pixels.iter().enumerate() {
                for (x, is_light) in row.iter().enumerate() {
                    let module = |at: usize| (at / 4).wrapping_sub(4);
                    let (x, y) = (module(x), module(y));
                    let is_inside = x < code.width() && y < code.width();
                    assert_eq!(*is_light, !is_inside || code[(x, y)] == Color::Light);
                }
            }
        }
    }

    #[test]
    fn what_no_code_holds_has_no_image() {
        assert_eq!(data_url(&"x".repeat(3000)), None);
    }

    #[test]
    fn the_checksums_are_those_of_png_and_zlib() {
        assert_eq!((crc32(b"IEND"), adler32(b"Wikipedia")), (0xae42_6082, 0x11e6_0398));
    }
}
