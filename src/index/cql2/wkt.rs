//! Geometries and boxes in CQL2 text: well-known text (OGC 06-103r4, section 7) with commas between the numbers of a box.

use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon,
};

use super::error::FilterError;
use super::expr::Expr;
use super::lexer::Token;
use super::literal::{bbox, line, ring};
use super::parser::Parser;

impl Parser<'_> {
    /// After `BBOX`: four numbers, or six with heights, which are left out.
    pub(super) fn bbox(&mut self) -> Result<Expr, FilterError> {
        let numbers = self.list(Self::coordinate)?;
        bbox(&numbers).map(|corners| Expr::BBox(Box::new(corners))).map_err(|error| self.fault(error.to_string()))
    }

    /// After the name of a kind.
    pub(super) fn geometry(&mut self, kind: &str) -> Result<Expr, FilterError> {
        let geometry = if kind == "geometrycollection" {
            self.height();
            Geometry::GeometryCollection(GeometryCollection(self.list(Self::member)?))
        } else {
            self.simple(kind)?
        };
        Ok(Expr::Geometry(Box::new(geometry)))
    }

    fn member(&mut self) -> Result<Geometry<f64>, FilterError> {
        let Token::Word(word) = *self.peek() else { return Err(self.unexpected("a geometry")) };
        self.advance();
        self.simple(&word.to_ascii_lowercase())
    }

    fn simple(&mut self, kind: &str) -> Result<Geometry<f64>, FilterError> {
        self.height();
        Ok(match kind {
            "point" => {
                self.want_sign("(")?;
                let place = self.place()?;
                self.want_sign(")")?;
                Geometry::Point(Point(place))
            }
            "linestring" => Geometry::LineString(self.line()?),
            "polygon" => Geometry::Polygon(self.polygon()?),
            "multipoint" => Geometry::MultiPoint(MultiPoint(self.list(Self::bare_or_wrapped)?)),
            "multilinestring" => Geometry::MultiLineString(MultiLineString(self.list(Self::line)?)),
            "multipolygon" => Geometry::MultiPolygon(MultiPolygon(self.list(Self::polygon)?)),
            other => return Err(self.fault(format!("`{other}` is no kind of geometry that may stand here"))),
        })
    }

    fn height(&mut self) {
        if self.is_word(0, "z") {
            self.advance();
        }
    }

    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Result<T, FilterError>) -> Result<Vec<T>, FilterError> {
        self.want_sign("(")?;
        let mut all = Vec::new();
        loop {
            all.push(one(self)?);
            if !self.eat_sign(",") {
                self.want_sign(")")?;
                return Ok(all);
            }
        }
    }

    fn line(&mut self) -> Result<LineString<f64>, FilterError> {
        let places = self.list(Self::place)?;
        line(places).map_err(|error| self.fault(error.to_string()))
    }

    fn polygon(&mut self) -> Result<Polygon<f64>, FilterError> {
        let mut rings = self.list(|parser| {
            let places = parser.list(Self::place)?;
            ring(places).map_err(|error| parser.fault(error.to_string()))
        })?;
        let exterior = rings.remove(0);
        Ok(Polygon::new(exterior, rings))
    }

    /// `MULTIPOINT(1 2, 3 4)` is as common as `MULTIPOINT((1 2), (3 4))`.
    fn bare_or_wrapped(&mut self) -> Result<Point<f64>, FilterError> {
        let wrapped = self.eat_sign("(");
        let place = self.place()?;
        if wrapped {
            self.want_sign(")")?;
        }
        Ok(Point(place))
    }

    /// Two coordinates; a third is a height and left out.
    fn place(&mut self) -> Result<Coord<f64>, FilterError> {
        self.budget.vertices(1)?;
        let [x, y] = [self.coordinate()?, self.coordinate()?];
        if !self.is_sign(",") && !self.is_sign(")") {
            self.coordinate()?;
        }
        Ok(Coord { x, y })
    }

    fn coordinate(&mut self) -> Result<f64, FilterError> {
        let negative = self.eat_sign("-");
        if !negative {
            self.eat_sign("+");
        }
        let Token::Number(digits) = *self.peek() else { return Err(self.unexpected("a coordinate")) };
        let number: f64 = digits.parse().map_err(|_no_number| self.unexpected("a coordinate"))?;
        if !number.is_finite() {
            return Err(self.fault("the number is larger than any of 64 bits"));
        }
        self.advance();
        Ok(if negative { -number } else { number })
    }
}
