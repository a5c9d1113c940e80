"""The parser of the command line in Swedish: its headings, its usage line, and what it says of wrong arguments."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from energy.errors import SettingsError, nearest

USAGE = 2
# what argparse says (3.11 to 3.14), in the order tried; several may meet in one message
_SAID = tuple(
    (re.compile(pattern, re.DOTALL), swedish)
    for pattern, swedish in (
        (r"^argument ([^:]+): ", r"\1: "),
        (r"not allowed with argument (.+)$", r"går inte ihop med \1"),
        (r"ignored explicit argument (.+)$", r"tar inget värde, men fick \1"),
        (r"^the following arguments are required: (.+)$", r"det här saknas: \1"),
        (r"^one of the arguments (.+) is required$", r"ange ett av \1"),
        (r"expected one argument$", "ett värde saknas"),
        (r"expected at most one argument$", "högst ett värde går att ange"),
        (r"expected at least one argument$", "minst ett värde saknas"),
        (r"expected (\d+) arguments?$", r"\1 värden behövs"),
        (r"^ambiguous option: (\S+) could match (.+)$", r"\1 kan vara flera: \2. Skriv ut hela"),
        (r"^unrecognized arguments: (.+)$", r"okänt: \1"),
        (r"invalid (?:int|float) value: (.+)$", r"\1 är inget tal"),
        (r"invalid \S+ value: (.+)$", r"\1 går inte att läsa"),
        (r"invalid choice: (.+?) \((?:choose from|maybe you meant) .*\)$", r"\1 finns inte."),
    )
)


class WrongArguments(SystemExit):
    """What was written on the command line cannot be used; `said` is the message in Swedish, the status 2."""

    def __init__(self, said: str) -> None:
        super().__init__(USAGE)
        self.said = said


class Form(argparse.HelpFormatter):
    """Help whose usage line is headed in Swedish."""

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        """Add the usage line under its Swedish word."""
        super().add_usage(usage, actions, groups, "användning: " if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """A parser that speaks Swedish, also in its sub-parsers."""

    def __init__(self, add_help: bool = True, parents: Sequence[argparse.ArgumentParser] = (), **named: Any) -> None:
        super().__init__(add_help=False, formatter_class=Form, **named)
        self._positionals.title, self._optionals.title = "anges i ordning", "val"
        if add_help:
            self.add_argument("-h", "--help", action="help", help="visar den här hjälpen")
        for parent in parents:  # after the headings are Swedish, so that a parent's options stand under the same ones
            self._add_container_actions(parent)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Return what was written; what is not known is told by the command that was chosen, not by the topmost."""
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            self._chosen(found).error(f"unrecognized arguments: {' '.join(unknown)}")
        return found

    def _chosen(self, found: argparse.Namespace) -> Parser:
        """Return the parser of the command in `found`, and of its action where it has actions."""
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                below = action.choices.get(str(getattr(found, action.dest, None)))
                if isinstance(below, Parser):
                    return below._chosen(found)
        return self

    def error(self, message: str) -> NoReturn:
        """Print usage and what is wrong on standard error; raise WrongArguments."""
        said = self._with_nearest(swedish(message), message)
        self.print_usage(sys.stderr)
        print(f"{self.prog}: {said}", file=sys.stderr)
        raise WrongArguments(said)

    def _with_nearest(self, said: str, message: str) -> str:
        """Return the message with the nearest known words: choices of the argument, or options of the command."""
        wrong = re.search(r"^argument ([^:]+): invalid choice: '(.*?)' \(", message)
        if wrong:
            name, found = wrong.groups()
            known = [str(c) for a in self._actions if a.choices and name in _names(a) for c in a.choices]
            return f"{said}{nearest(found, known)} Finns: {', '.join(known)}."
        unknown = re.search(r"^unrecognized arguments: (--[^\s=]+)", message)
        if unknown:
            return (
                f"{said}.{nearest(unknown[1], self._option_string_actions)} «{self.prog} --help» visar vad som finns."
            )
        return said


def refuse_persons(arguments: argparse.Namespace) -> None:
    """Raise SettingsError where --by or --why looks like it names a person: both are published."""
    from energy.sources.people.persons import looks_like_person

    for option in ("by", "why"):
        if looks_like_person(getattr(arguments, option, None) or "", is_role=option == "by"):
            said = "ser ut att nämna en person. Skriv en roll, som driftchef; namn får inte publiceras."
            raise SettingsError(f"--{option}: {said}")


def _names(action: argparse.Action) -> tuple[str, ...]:
    """Return every way argparse may name an argument in a message."""
    return ("/".join(action.option_strings), str(action.metavar), action.dest)


def swedish(message: str) -> str:
    """Return a message of argparse in Swedish; one that is not known as it is."""
    for pattern, words in _SAID:
        message = pattern.sub(words, message)
    return message
