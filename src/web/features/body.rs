//! A long answer in pieces: a page of 10,000 features is written while it is sent, and is never in memory whole.

use std::convert::Infallible;
use std::io::Write;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream;

use crate::tile::packing::Encoding;
use crate::web::negotiate::{encoding, header_text};

/// Bytes of a piece, about.
const PIECE: usize = 64 << 10;

/// Gzip's level: the next ones take half as long again for a twentieth less.
const LEVEL: u32 = 4;

/// The answer whose body is `parts` one after another, each appended to a buffer. It is packed with gzip where the client takes
/// that; one that is short is sent with its length.
pub fn answer(
    request: &HttpRequest,
    mut response: HttpResponseBuilder,
    parts: impl Iterator<Item = Part> + 'static,
) -> HttpResponse {
    let packed = encoding(header_text(request, &header::ACCEPT_ENCODING)) == Encoding::Gzip;
    if packed {
        response.insert_header((header::CONTENT_ENCODING, "gzip"));
    }
    let mut pieces = Pieces::new(parts, packed);
    let Some(first) = pieces.next() else { return response.finish() };
    if pieces.is_done() {
        return response.body(first);
    }
    response.streaming(stream::iter(std::iter::once(first).chain(pieces).map(Ok::<_, Infallible>)))
}

/// What is in memory whole, piece by piece: packing a piece keeps nobody waiting.
pub fn parts(whole: Bytes) -> impl Iterator<Item = Part> {
    (0..whole.len()).step_by(PIECE).map(move |start| -> Part {
        let piece = whole.slice(start..whole.len().min(start + PIECE));
        Box::new(move |to| to.extend_from_slice(&piece))
    })
}

/// Something that appends a little to a body.
pub type Part = Box<dyn FnOnce(&mut Vec<u8>)>;

struct Pieces<I> {
    parts: I,
    /// `None` when it was ended.
    sink: Option<Sink>,
}

enum Sink {
    Bare(Vec<u8>),
    Gzip(Box<GzEncoder<Vec<u8>>>, Vec<u8>),
}

impl<I: Iterator<Item = Part>> Pieces<I> {
    fn new(parts: I, packed: bool) -> Self {
        let gzip = || Sink::Gzip(Box::new(GzEncoder::new(Vec::new(), Compression::new(LEVEL))), Vec::new());
        Self { parts, sink: Some(if packed { gzip() } else { Sink::Bare(Vec::new()) }) }
    }

    fn is_done(&self) -> bool {
        self.sink.is_none()
    }
}

impl Sink {
    fn take(&mut self, part: Part) {
        match self {
            Self::Bare(bytes) => part(bytes),
            Self::Gzip(encoder, bytes) => {
                bytes.clear();
                part(bytes);
                encoder.write_all(bytes).expect("memory takes every byte");
            }
        }
    }

    fn so_far(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Bare(bytes) => bytes,
            Self::Gzip(encoder, _) => encoder.get_mut(),
        }
    }

    fn end(self) -> Vec<u8> {
        match self {
            Self::Bare(bytes) => bytes,
            Self::Gzip(encoder, _) => encoder.finish().expect("memory takes every byte"),
        }
    }
}

impl<I: Iterator<Item = Part>> Iterator for Pieces<I> {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let sink = self.sink.as_mut()?;
        for part in self.parts.by_ref() {
            sink.take(part);
            if sink.so_far().len() >= PIECE {
                return Some(std::mem::take(sink.so_far()).into());
            }
        }
        self.sink.take().map(|sink| sink.end().into())
    }
}
