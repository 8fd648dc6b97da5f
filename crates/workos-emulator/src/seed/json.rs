//! Where the parts of a JSON text are.

use std::iter::Peekable;
use std::str::CharIndices;

use super::error::SeedProblem;
use super::source::{Parts, Position, Spot};

/// The parts of a text that is JSON, and the keys that an object has twice.
pub(super) fn scan(text: &str) -> (Spot, Vec<SeedProblem>) {
    let mut scanner = Scanner {
        text,
        rest: text.char_indices().peekable(),
        at: Position { line: 1, column: 1 },
        problems: Vec::new(),
    };
    let root = scanner.value("");
    (root, scanner.problems)
}

/// Reads a text whose syntax has been checked already.
struct Scanner<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
    at: Position,
    problems: Vec<SeedProblem>,
}

impl Scanner<'_> {
    fn peek(&mut self) -> Option<char> {
        self.rest.peek().map(|(_, char)| *char)
    }

    fn skip(&mut self) {
        match self.rest.next() {
            Some((_, '\n')) => self.at = Position { line: self.at.line + 1, column: 1 },
            Some(_) => self.at.column += 1,
            None => {}
        }
    }

    fn skip_while(&mut self, is_skipped: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&is_skipped) {
            self.skip();
        }
    }

    fn value(&mut self, place: &str) -> Spot {
        self.skip_while(char::is_whitespace);
        let at = self.at;
        let parts = match self.peek() {
            Some('{') => Parts::Fields(self.fields(place)),
            Some('[') => Parts::Items(self.items(place)),
            Some('"') => {
                self.string();
                Parts::None
            }
            _ => {
                self.skip_while(|char| !matches!(char, ',' | ']' | '}'));
                Parts::None
            }
        };
        Spot { at, parts }
    }

    /// Whether there is another item before the end of a list or an object, which is skipped.
    fn has_more(&mut self, end: char) -> bool {
        self.skip();
        self.skip_while(char::is_whitespace);
        match self.peek() {
            Some(char) if char != end => true,
            _ => {
                self.skip();
                false
            }
        }
    }

    fn items(&mut self, place: &str) -> Vec<Spot> {
        let mut items = Vec::new();
        // Skips the bracket, and then the commas.
        while self.has_more(']') {
            items.push(self.value(&format!("{place}[{}]", items.len())));
            self.skip_while(char::is_whitespace);
            if self.peek() != Some(',') {
                self.skip();
                break;
            }
        }
        items
    }

    fn fields(&mut self, place: &str) -> Vec<(String, Position, Spot)> {
        let mut fields: Vec<(String, Position, Spot)> = Vec::new();
        let mut known = std::collections::HashSet::new();
        while self.has_more('}') {
            let at = self.at;
            let key = self.string();
            let inner = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
            if !known.insert(key.clone()) {
                self.problems.push(SeedProblem::twice(&inner, at));
            }
            self.skip_while(|char| char.is_whitespace() || char == ':');
            let value = self.value(&inner);
            fields.push((key, at, value));
            self.skip_while(char::is_whitespace);
            if self.peek() != Some(',') {
                self.skip();
                break;
            }
        }
        fields
    }

    /// Skips a string and returns its value.
    fn string(&mut self) -> String {
        let start = self.rest.peek().map_or(self.text.len(), |(index, _)| *index);
        self.skip();
        loop {
            match self.peek() {
                Some('\\') => self.skip(),
                Some('"') | None => break,
                Some(_) => {}
            }
            self.skip();
        }
        self.skip();
        let end = self.rest.peek().map_or(self.text.len(), |(index, _)| *index);
        let json = self.text.get(start..end).unwrap_or_default();
        serde_json::from_str(json).unwrap_or_default()
    }
}
