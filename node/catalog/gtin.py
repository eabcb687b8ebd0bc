"""The check digit of a GTIN, the number under a product's bar code."""

LENGTHS = (8, 12, 13, 14)


def is_gtin(text: str) -> bool:
    """Whether `text` is 8, 12, 13 or 14 digits whose last one is the GS1 check digit.

    GS1 General Specifications §7.9: from the right, the digits before the last one weigh 3, 1,
    3, 1 ...; the last one fills their sum up to a multiple of ten.
    """
    if not (text.isascii() and text.isdigit() and len(text) in LENGTHS):
        return False
    digits = [int(digit) for digit in reversed(text)]
    return (digits[0] + 3 * sum(digits[1::2]) + sum(digits[2::2])) % 10 == 0
