//! Text to tokens.

use std::iter::Peekable;
use std::str::CharIndices;

use super::error::{FilterError, Shown};

/// A word of the language.
#[derive(Clone, Debug, PartialEq)]
pub enum Token<'a> {
    /// A keyword or a name.
    Word(&'a str),
    /// A name in double quotes.
    Quoted(String),
    /// A text in single quotes, its escapes resolved.
    Text(String),
    /// Digits, without a sign.
    Number(&'a str),
    /// `(`, `<=`, ...
    Sign(&'static str),
    /// Nothing more.
    End,
}

/// As a message names it.
impl Token<'_> {
    pub fn shown(&self) -> String {
        match self {
            Self::Word(word) => Shown::new(word).to_string(),
            Self::Quoted(name) => Shown::new(&format!("\"{name}\"")).to_string(),
            Self::Text(text) => Shown::new(&format!("'{text}'")).to_string(),
            Self::Number(digits) => Shown::new(digits).to_string(),
            Self::Sign(sign) => format!("`{sign}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

/// The longer ones first.
const SIGNS: [&str; 16] = ["<>", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "^", "(", ")", ",", "!"];

/// The tokens of a text, each with the byte where it starts.
pub fn tokens(text: &str) -> Result<Vec<(usize, Token<'_>)>, FilterError> {
    let mut lexer = Lexer { text, rest: text.char_indices().peekable() };
    let mut tokens = Vec::new();
    loop {
        let (at, token) = lexer.token()?;
        let end = token == Token::End;
        tokens.push((at, token));
        if end {
            return Ok(tokens);
        }
    }
}

/// A fault at a byte of a text.
pub fn fault(text: &str, at: usize, what: impl Into<String>) -> FilterError {
    let before = text.char_indices().take_while(|(start, _)| *start < at).count();
    FilterError::Syntax { at: before + 1, what: what.into() }
}

struct Lexer<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
}

impl<'a> Lexer<'a> {
    fn token(&mut self) -> Result<(usize, Token<'a>), FilterError> {
        while self.rest.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        let Some(&(at, c)) = self.rest.peek() else { return Ok((self.text.len(), Token::End)) };
        let point = c == '.' && self.after(at + 1).starts_with(|c: char| c.is_ascii_digit());
        let token = match c {
            '\'' => Token::Text(self.quoted(at, '\'')?),
            '"' => Token::Quoted(self.quoted(at, '"')?),
            _ if c.is_ascii_digit() || point => Token::Number(self.number(at)),
            _ if starts_name(c) => Token::Word(self.word(at)),
            _ => Token::Sign(self.sign(at)?),
        };
        Ok((at, token))
    }

    fn after(&self, at: usize) -> &'a str {
        self.text.get(at..).unwrap_or_default()
    }

    fn until_here(&mut self, from: usize) -> &'a str {
        let end = self.rest.peek().map_or(self.text.len(), |&(at, _)| at);
        self.text.get(from..end).unwrap_or_default()
    }

    fn word(&mut self, from: usize) -> &'a str {
        while self.rest.next_if(|&(_, c)| continues_name(c)).is_some() {}
        self.until_here(from)
    }

    fn number(&mut self, from: usize) -> &'a str {
        self.digits();
        if self.rest.next_if(|&(_, c)| c == '.').is_some() {
            self.digits();
        }
        let exponent = self.rest.peek().copied().is_some_and(|(at, c)| {
            let digits = self.after(at + 1);
            matches!(c, 'e' | 'E')
                && digits.strip_prefix(['+', '-']).unwrap_or(digits).starts_with(|c: char| c.is_ascii_digit())
        });
        if exponent {
            self.rest.next();
            self.rest.next_if(|&(_, c)| matches!(c, '+' | '-'));
            self.digits();
        }
        self.until_here(from)
    }

    fn digits(&mut self) {
        while self.rest.next_if(|(_, c)| c.is_ascii_digit()).is_some() {}
    }

    fn sign(&mut self, at: usize) -> Result<&'static str, FilterError> {
        let after = self.after(at);
        let sign = SIGNS.into_iter().find(|sign| after.starts_with(sign)).filter(|sign| *sign != "!");
        let Some(sign) = sign else {
            let way_out = if after.starts_with("!=") { "; not equal is <>" } else { "" };
            let first: String = after.chars().take(1).collect();
            return Err(fault(self.text, at, format!("{} means nothing here{way_out}", Shown::new(&first))));
        };
        while self.rest.next_if(|(start, _)| *start < at + sign.len()).is_some() {}
        Ok(sign)
    }

    /// Between quotes: a doubled quote is one, and in a text the backslash escapes (requirement `/req/cql2-text/escaping`). Other
    /// characters keep their backslash, which is what the pattern of a LIKE needs.
    fn quoted(&mut self, from: usize, quote: char) -> Result<String, FilterError> {
        self.rest.next();
        let mut text = String::new();
        while let Some((_, c)) = self.rest.next() {
            if c == quote {
                if self.rest.next_if(|&(_, next)| next == quote).is_none() {
                    return Ok(text);
                }
                text.push(quote);
            } else if c == '\\' && quote == '\'' {
                match self.rest.next() {
                    Some((_, escaped)) => push_escaped(&mut text, escaped),
                    None => break,
                }
            } else {
                text.push(c);
            }
        }
        Err(fault(self.text, from, format!("the {quote} that opens here is never closed")))
    }
}

/// Characters that a text writes with a backslash.
pub const ESCAPES: [(char, char); 9] = [
    ('a', '\u{7}'),
    ('b', '\u{8}'),
    ('t', '\t'),
    ('n', '\n'),
    ('v', '\u{B}'),
    ('f', '\u{C}'),
    ('r', '\r'),
    ('\'', '\''),
    ('\\', '\\'),
];

fn push_escaped(text: &mut String, escaped: char) {
    match ESCAPES.iter().find(|(letter, _)| *letter == escaped) {
        Some(&(_, meant)) => text.push(meant),
        None => text.extend(['\\', escaped]),
    }
}

/// Whether a name can do without quotes, keywords aside.
pub fn is_name(text: &str) -> bool {
    text.starts_with(starts_name) && text.chars().all(continues_name)
}

/// `identifierStart` of the grammar.
fn starts_name(c: char) -> bool {
    matches!(c, ':' | '_' | 'A'..='Z' | 'a'..='z'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFE}' | '\u{200C}'..='\u{200D}'
        | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
        && !c.is_whitespace()
}

/// `identifierPart` of the grammar.
fn continues_name(c: char) -> bool {
    starts_name(c) || matches!(c, '.' | '0'..='9' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}
