//! Numbers: whole ones stay whole, to the last digit.

use std::cmp::Ordering;
use std::fmt;

use super::expr::Operator;

/// A number of a filter or of a row. A real one is finite.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// 64-bit signed.
    Integer(i64),
    /// 64-bit IEEE 754.
    Real(f64),
}

impl Number {
    /// A real number, if it is one.
    #[must_use]
    pub fn real(value: f64) -> Option<Self> {
        value.is_finite().then_some(Self::Real(value))
    }

    /// The number that digits stand for (`12`, `-.5`, `1E3`): whole where they have no point and no exponent and 64 bits do.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        digits.parse().ok().map(Self::Integer).or_else(|| digits.parse().ok().and_then(Self::real))
    }

    /// To the nearest real one.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "what is beyond 2^53 is rounded")]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Integer(whole) => whole as f64,
            Self::Real(real) => real,
        }
    }

    /// The order of the numbers themselves: 9007199254740993 is more than 9007199254740992.0.
    #[must_use]
    #[inline]
    pub fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a.cmp(&b),
            (Self::Real(a), Self::Real(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (Self::Integer(a), Self::Real(b)) => whole_and_real(a, b),
            (Self::Real(a), Self::Integer(b)) => whole_and_real(b, a).reverse(),
        }
    }

    /// The result of an operation; `None` where there is none (division by 0, a root of a negative number) or none that 64
    /// bits hold. Whole operands of `+ - * div % ^` give whole numbers while 64 bits do, else real ones; `/` is never whole.
    /// `div` cuts towards 0, and `%` is what it leaves.
    #[must_use]
    pub fn combine(self, operator: Operator, other: Self) -> Option<Self> {
        if let (Self::Integer(a), Self::Integer(b)) = (self, other) {
            if b == 0 && matches!(operator, Operator::Divide | Operator::IntegerDivide | Operator::Modulo) {
                return None;
            }
            let whole = match operator {
                Operator::Plus => a.checked_add(b),
                Operator::Minus => a.checked_sub(b),
                Operator::Times => a.checked_mul(b),
                Operator::Divide => None,
                Operator::IntegerDivide => a.checked_div(b),
                Operator::Modulo => Some(a.checked_rem(b).unwrap_or(0)),
                Operator::Power => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
            };
            if let Some(whole) = whole {
                return Some(Self::Integer(whole));
            }
        }
        let (a, b) = (self.to_f64(), other.to_f64());
        Self::real(match operator {
            Operator::Plus => a + b,
            Operator::Minus => a - b,
            Operator::Times => a * b,
            Operator::Divide => a / b,
            Operator::IntegerDivide => (a / b).trunc(),
            Operator::Modulo => a % b,
            Operator::Power => a.powf(b),
        })
    }
}

/// Equal as numbers: 1 and 1.0 are.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.order(*other) == Ordering::Equal
    }
}

/// A real number is told from a whole one by its point or exponent, so that it comes back as it was.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(whole) => write!(f, "{whole}"),
            Self::Real(real) => write!(f, "{real:?}"),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "inside the bounds of 64 bits, and without a fraction")]
fn whole_and_real(whole: i64, real: f64) -> Ordering {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if real >= BOUND {
        return Ordering::Less;
    }
    if real < -BOUND {
        return Ordering::Greater;
    }
    let floor = real.floor();
    whole.cmp(&(floor as i64)).then(if real > floor { Ordering::Less } else { Ordering::Equal })
}
