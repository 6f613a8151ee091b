//! CQL2 text to a filter, by recursive descent over the strength with which operators bind.

use super::error::FilterError;
use super::expr::{ArrayRelation, Comparison, Expr, Operator, SpatialRelation, TemporalRelation};
use super::instant;
use super::lexer::{Token, fault, tokens};
use super::limits::{Budget, MAX_DEPTH, check_depth, check_length};
use super::number::Number;

/// Reads a filter in CQL2 text (annex B of the standard).
///
/// More than the grammar is read where the meaning is plain: BETWEEN of texts and instants, NOT in front of NOT, a sign in front
/// of a parenthesis, keywords of functions as names where no parenthesis follows, a field as a condition, offsets other than `Z`.
pub fn parse_text(text: &str) -> Result<Expr, FilterError> {
    check_length(text)?;
    let mut parser = Parser::new(text)?;
    let expr = parser.value(WEAKEST)?;
    if *parser.peek() != Token::End {
        return Err(parser.unexpected("an operator or the end"));
    }
    check_depth(&expr)?;
    Ok(expr)
}

/// How strongly operators bind: what binds more strongly is read first.
pub const WEAKEST: u8 = 0;
pub const OR: u8 = 1;
pub const AND: u8 = 2;
pub const NOT: u8 = 3;
pub const PREDICATE: u8 = 4;
pub const SUM: u8 = 5;
pub const PRODUCT: u8 = 6;
pub const POWER: u8 = 7;
pub const OPERAND: u8 = 8;

/// Words that are never names, and those that are not where a parenthesis follows.
pub const RESERVED: [&str; 11] = ["and", "or", "not", "like", "between", "in", "is", "null", "true", "false", "div"];
pub const CALLED: [&str; 14] = [
    "accenti",
    "bbox",
    "casei",
    "date",
    "geometrycollection",
    "interval",
    "linestring",
    "multilinestring",
    "multipoint",
    "multipolygon",
    "point",
    "polygon",
    "timestamp",
    "z",
];

/// Whether a word means something in the language by itself, in any case.
pub fn is_keyword(word: &str) -> bool {
    RESERVED.iter().chain(&CALLED).any(|keyword| keyword.eq_ignore_ascii_case(word))
        || SpatialRelation::named(word).is_some()
        || TemporalRelation::named(word).is_some()
        || ArrayRelation::named(word).is_some()
}

#[derive(Clone, Copy)]
enum Infix {
    Or,
    And,
    Compare(Comparison),
    Like,
    Between,
    In,
    Is,
    Arithmetic(Operator),
}

impl Infix {
    fn strength(self) -> u8 {
        match self {
            Self::Or => OR,
            Self::And => AND,
            Self::Compare(_) | Self::Like | Self::Between | Self::In | Self::Is => PREDICATE,
            Self::Arithmetic(operator) => strength(operator),
        }
    }
}

/// How strongly an operator of arithmetic binds.
pub fn strength(operator: Operator) -> u8 {
    match operator {
        Operator::Plus | Operator::Minus => SUM,
        Operator::Times | Operator::Divide | Operator::IntegerDivide | Operator::Modulo => PRODUCT,
        Operator::Power => POWER,
    }
}

/// What is left of a text.
pub struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(usize, Token<'a>)>,
    next: usize,
    depth: usize,
    /// The tokens of the last parenthesis around a single value: the first, and the one after it.
    group: (usize, usize),
    pub budget: Budget,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self, FilterError> {
        let tokens = tokens(text)?;
        Ok(Self { text, tokens, next: 0, depth: 0, group: (0, 0), budget: Budget::default() })
    }

    pub fn peek(&self) -> &Token<'a> {
        self.ahead(0)
    }

    fn ahead(&self, count: usize) -> &Token<'a> {
        self.tokens.get(self.next + count).map_or(&Token::End, |(_, token)| token)
    }

    pub fn advance(&mut self) {
        self.next += 1;
    }

    pub fn fault(&self, what: impl Into<String>) -> FilterError {
        let at = self.tokens.get(self.next).map_or(self.text.len(), |(at, _)| *at);
        fault(self.text, at, what)
    }

    pub fn unexpected(&self, wanted: &str) -> FilterError {
        self.fault(format!("{} where {wanted} is expected", self.peek().shown()))
    }

    pub fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }

    pub fn eat_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        self.next += usize::from(found);
        found
    }

    pub fn want_sign(&mut self, sign: &str) -> Result<(), FilterError> {
        if self.eat_sign(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    pub fn is_word(&self, ahead: usize, word: &str) -> bool {
        matches!(self.ahead(ahead), Token::Word(found) if found.eq_ignore_ascii_case(word))
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(0, word);
        self.next += usize::from(found);
        found
    }

    fn want_word(&mut self, word: &str) -> Result<(), FilterError> {
        if self.eat_word(word) { Ok(()) } else { Err(self.unexpected(word)) }
    }

    /// Anything but an array.
    pub fn value(&mut self, least: u8) -> Result<Expr, FilterError> {
        match self.expression(least)? {
            Expr::List(_) => Err(self.fault("an array stands only in A_... predicates and in functions")),
            other => Ok(other),
        }
    }

    /// Reads on while operators bind as strongly as `least`.
    fn expression(&mut self, least: u8) -> Result<Expr, FilterError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(FilterError::TooDeep);
        }
        let mut left = self.prefix()?;
        let mut most = OPERAND;
        while let Some((infix, negated)) = self.infix() {
            let strength = infix.strength();
            if strength < least || strength > most {
                break;
            }
            if matches!(left, Expr::List(_)) {
                return Err(self.fault("an array stands only in A_... predicates and in functions"));
            }
            // Neither predicates nor powers make chains.
            most = if matches!(strength, PREDICATE | POWER) { strength - 1 } else { strength };
            self.budget.node()?;
            left = self.joined(left, infix)?;
            left = if negated { Expr::Not(Box::new(left)) } else { left };
        }
        self.depth -= 1;
        Ok(left)
    }

    /// The operator that comes next, and whether a NOT stands in front of it.
    fn infix(&self) -> Option<(Infix, bool)> {
        let negated = self.is_word(0, "not");
        let word = |word| self.is_word(usize::from(negated), word);
        let after_not = [("like", Infix::Like), ("between", Infix::Between), ("in", Infix::In)];
        if let Some((_, infix)) = after_not.into_iter().find(|(name, _)| word(name)) {
            return Some((infix, negated));
        }
        let plain = match self.peek() {
            _ if negated => None,
            Token::Sign(sign) => {
                let comparison = Comparison::named(sign).map(Infix::Compare);
                comparison.or_else(|| Operator::named(sign).map(Infix::Arithmetic))
            }
            Token::Word(found) => {
                let words = [("or", Infix::Or), ("and", Infix::And), ("is", Infix::Is)];
                let logical =
                    words.into_iter().find(|(name, _)| found.eq_ignore_ascii_case(name)).map(|(_, infix)| infix);
                logical.or_else(|| Operator::named(found).map(Infix::Arithmetic))
            }
            _ => None,
        };
        plain.map(|infix| (infix, false))
    }

    fn joined(&mut self, left: Expr, infix: Infix) -> Result<Expr, FilterError> {
        self.next += usize::from(self.is_word(0, "not")) + 1;
        Ok(match infix {
            Infix::And => Expr::And(self.chain(left, "and", AND + 1)?),
            Infix::Or => Expr::Or(self.chain(left, "or", OR + 1)?),
            Infix::Compare(comparison) => Expr::Compare(comparison, Box::new([left, self.value(SUM)?])),
            Infix::Like => Expr::Like(Box::new([left, self.value(SUM)?])),
            Infix::Between => {
                let low = self.value(SUM)?;
                self.want_word("and")?;
                Expr::Between(Box::new([left, low, self.value(SUM)?]))
            }
            Infix::In => Expr::In(Box::new(left), self.in_list()?),
            Infix::Is => {
                let not = self.eat_word("not");
                self.want_word("null")?;
                let is_null = Expr::IsNull(Box::new(left));
                if not { Expr::Not(Box::new(is_null)) } else { is_null }
            }
            Infix::Arithmetic(operator) => {
                let right = self.value(strength(operator) + 1)?;
                Expr::Arithmetic(operator, Box::new([left, right]))
            }
        })
    }

    fn chain(&mut self, left: Expr, word: &str, least: u8) -> Result<Vec<Expr>, FilterError> {
        let mut all = vec![left, self.value(least)?];
        while self.eat_word(word) {
            all.push(self.value(least)?);
        }
        Ok(all)
    }

    fn in_list(&mut self) -> Result<Vec<Expr>, FilterError> {
        self.want_sign("(")?;
        let mut list = Vec::new();
        loop {
            let value = self.value(WEAKEST)?;
            if value.is_literal() {
                self.budget.was_listed()?;
            }
            list.push(value);
            if !self.eat_sign(",") {
                self.want_sign(")")?;
                return Ok(list);
            }
        }
    }

    fn prefix(&mut self) -> Result<Expr, FilterError> {
        self.budget.node()?;
        if self.eat_word("not") {
            return Ok(Expr::Not(Box::new(self.value(PREDICATE)?)));
        }
        if self.is_sign("+") && matches!(self.ahead(1), Token::Number(_)) {
            self.advance();
        }
        if !self.eat_sign("-") {
            return self.primary();
        }
        if let Token::Number(digits) = self.peek() {
            let number = Number::parse(&format!("-{digits}"));
            return self.number(number);
        }
        let operand = self.value(OPERAND)?;
        Ok(Expr::Arithmetic(Operator::Times, Box::new([Expr::Number(Number::Integer(-1)), operand])))
    }

    fn number(&mut self, number: Option<Number>) -> Result<Expr, FilterError> {
        let number = number.ok_or_else(|| self.fault("the number is larger than any of 64 bits"))?;
        self.advance();
        Ok(Expr::Number(number))
    }

    fn primary(&mut self) -> Result<Expr, FilterError> {
        let token = self.peek().clone();
        match token {
            Token::Word(word) => self.word(word),
            Token::Number(digits) => self.number(Number::parse(digits)),
            Token::Sign("(") => self.parenthesis(),
            Token::Text(text) => {
                self.advance();
                Ok(Expr::Text(text))
            }
            Token::Quoted(name) if name.is_empty() => Err(self.fault("a name is not empty")),
            Token::Quoted(name) => {
                self.advance();
                Ok(Expr::Property(name))
            }
            Token::Sign(_) | Token::End => Err(self.unexpected("a value")),
        }
    }

    fn word(&mut self, word: &'a str) -> Result<Expr, FilterError> {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        if is("true") || is("false") {
            self.advance();
            return Ok(Expr::Boolean(is("true")));
        }
        if RESERVED.iter().any(|reserved| is(reserved)) {
            return Err(
                self.fault(format!("{} where a value is expected; as a name it is \"{word}\"", self.peek().shown()))
            );
        }
        let height = usize::from(self.is_word(1, "z"));
        if matches!(self.ahead(1 + height), Token::Sign("(")) {
            self.advance();
            return self.called(word);
        }
        self.advance();
        Ok(Expr::Property(word.to_owned()))
    }

    /// `(`: around one value, or an array.
    fn parenthesis(&mut self) -> Result<Expr, FilterError> {
        let start = self.next;
        self.advance();
        if self.eat_sign(")") {
            return Ok(Expr::List(Vec::new()));
        }
        let first = self.expression(WEAKEST)?;
        if self.eat_sign(")") {
            self.group = (start, self.next);
            return Ok(first);
        }
        let mut list = vec![first];
        while self.eat_sign(",") {
            list.push(self.expression(WEAKEST)?);
        }
        self.want_sign(")")?;
        self.inner_array(list)
    }

    fn inner_array(&self, list: Vec<Expr>) -> Result<Expr, FilterError> {
        if list.iter().all(Expr::is_plain) {
            return Ok(Expr::List(list));
        }
        Err(self.fault("an array inside parentheses takes plain values"))
    }

    /// An element of an array or an argument of a function. A parenthesis around one plain value is an array here.
    fn element(&mut self) -> Result<Expr, FilterError> {
        let start = self.next;
        let element = self.expression(WEAKEST)?;
        let grouped = self.group == (start, self.next) && element.is_plain();
        Ok(if grouped { Expr::List(vec![element]) } else { element })
    }

    fn elements(&mut self) -> Result<Vec<Expr>, FilterError> {
        self.want_sign("(")?;
        let mut all = Vec::new();
        if self.eat_sign(")") {
            return Ok(all);
        }
        loop {
            all.push(self.element()?);
            if !self.eat_sign(",") {
                self.want_sign(")")?;
                return Ok(all);
            }
        }
    }

    /// An operand of an array predicate: an array, a name or a function.
    fn array_operand(&mut self) -> Result<Expr, FilterError> {
        if !self.is_sign("(") {
            return self.value(SUM);
        }
        self.budget.node()?;
        self.elements().map(Expr::List)
    }

    /// A word with a parenthesis after it.
    fn called(&mut self, word: &'a str) -> Result<Expr, FilterError> {
        if let Some(relation) = SpatialRelation::named(word) {
            return Ok(Expr::Spatial(relation, self.pair(|parser| parser.value(SUM))?));
        }
        if let Some(relation) = TemporalRelation::named(word) {
            return Ok(Expr::Temporal(relation, self.pair(|parser| parser.value(SUM))?));
        }
        if let Some(relation) = ArrayRelation::named(word) {
            return Ok(Expr::Array(relation, self.pair(Self::array_operand)?));
        }
        match word.to_ascii_lowercase().as_str() {
            "casei" => Ok(Expr::Casei(Box::new(self.single()?))),
            "accenti" => Ok(Expr::Accenti(Box::new(self.single()?))),
            "date" => self.instant(|text| instant::date(text).map(Expr::Date)),
            "timestamp" => self.instant(|text| instant::timestamp(text).map(Expr::Timestamp)),
            "interval" => {
                self.want_sign("(")?;
                let start = self.bound()?;
                self.want_sign(",")?;
                let end = self.bound()?;
                self.want_sign(")")?;
                Ok(Expr::Interval(Box::new([start, end])))
            }
            "bbox" => self.bbox(),
            kind if CALLED.contains(&kind) => self.geometry(kind),
            _ => Ok(Expr::Call(word.to_owned(), self.elements()?)),
        }
    }

    fn pair(
        &mut self,
        mut operand: impl FnMut(&mut Self) -> Result<Expr, FilterError>,
    ) -> Result<Box<[Expr; 2]>, FilterError> {
        self.want_sign("(")?;
        let first = operand(self)?;
        self.want_sign(",")?;
        let second = operand(self)?;
        self.want_sign(")")?;
        Ok(Box::new([first, second]))
    }

    fn single(&mut self) -> Result<Expr, FilterError> {
        self.want_sign("(")?;
        let argument = self.value(SUM)?;
        self.want_sign(")")?;
        Ok(argument)
    }

    fn instant(&mut self, read: impl Fn(&str) -> Result<Expr, String>) -> Result<Expr, FilterError> {
        self.want_sign("(")?;
        let Token::Text(text) = self.peek() else { return Err(self.unexpected("a text in single quotes")) };
        let instant = read(text).map_err(|what| self.fault(what))?;
        self.advance();
        self.want_sign(")")?;
        Ok(instant)
    }

    fn bound(&mut self) -> Result<Option<Expr>, FilterError> {
        if let Token::Text(text) = self.peek() {
            let bound = instant::bound(text).map_err(|what| self.fault(what))?;
            self.advance();
            return Ok(bound);
        }
        self.value(SUM).map(Some)
    }
}
