"""The one style sheet, made from the tokens."""

from collections.abc import Mapping

from desktop.style.tokens import Tokens


def sheet(c: Tokens, scale: float, pictures: Mapping[str, str]) -> str:
    """Return the style sheet of a theme at a text size. Widgets say what they are in the property `look`."""

    def px(size: float) -> str:
        return f"{round(size * scale)}px"

    def less(size: float) -> str:
        """Return what is left inside an edge that became a pixel thicker on both sides."""
        return f"{round(size * scale) - 2}px"

    def padded(vertical: int, horizontal: int) -> str:
        return f"{px(vertical)} {px(horizontal)}"

    return f"""
QMainWindow, QDialog, QWidget[look="ground"] {{ background: {c.background}; }}
QWidget[look="plain"], QScrollArea, QScrollArea > QWidget > QWidget[look="plain"] {{
    background: transparent; border: 0;
}}
QDialog, QWidget[look="panel"] {{ background: {c.panel}; }}
QWidget[look="sidebar"] {{ background: {c.panel}; border: 0; border-right: 1px solid {c.line}; }}
QWidget[look="pane"] {{ background: {c.panel}; border: 0; border-left: 1px solid {c.line}; }}
QWidget[look="footer"] {{ background: {c.panel}; border: 0; border-top: 1px solid {c.line}; }}
QWidget[look="head"] {{ background: {c.panel}; border: 0; border-bottom: 1px solid {c.line}; }}
QWidget[look="side"] {{ background: {c.background}; border: 0; border-left: 1px solid {c.line}; }}
QWidget[look="bar"] {{ background: transparent; border: 0; border-top: 1px solid {c.line}; }}
QFrame[look="card"] {{ background: {c.card}; border: 1px solid {c.line}; border-radius: {px(12)}; }}
QFrame[look="card-accent"] {{ background: {c.card}; border: 1px solid {c.accent}; border-radius: {px(12)}; }}
QFrame[look="card-dashed"] {{ background: {c.card}; border: 1px dashed {c.line}; border-radius: {px(12)}; }}
QFrame[look="well"] {{ background: {c.background}; border: 1px solid {c.line}; border-radius: {px(12)}; }}
QFrame[look="tint"] {{ background: {c.tint}; border: 0; border-radius: {px(12)}; }}
QFrame[look="bad"] {{ background: {c.bad_ground}; border: 0; border-radius: {px(8)}; }}
QFrame[look="waiting"] {{ background: {c.waiting_ground}; border: 0; border-radius: {px(8)}; }}
QFrame[look="band"], QFrame[look="band-tint"] {{
    background: {c.waiting_ground}; border: 0; border-top-left-radius: {px(11)}; border-top-right-radius: {px(11)};
}}
QFrame[look="band-tint"] {{ background: {c.tint}; }}
QFrame[look="good"] {{ background: {c.good_ground}; border: 0; border-radius: {px(8)}; }}
QFrame[look="line"] {{ background: {c.line}; border: 0; max-height: 1px; min-height: 1px; }}
QFrame[look="toast"] {{ background: {c.card}; border: 1px solid {c.field_line}; border-radius: {px(8)}; }}

QLabel {{ background: transparent; border: 0; color: {c.text}; }}
QLabel[look="display"] {{ font-size: {px(24)}; font-weight: 600; }}
QLabel[look="title"] {{ font-size: {px(20)}; font-weight: 600; }}
QLabel[look="brand"] {{ font-size: {px(16)}; font-weight: 600; }}
QLabel[look="section"] {{ font-size: {px(14)}; font-weight: 600; }}
QLabel[look="strong"] {{ font-weight: 600; }}
QLabel[look="medium"] {{ font-weight: 500; }}
QLabel[look="muted"] {{ color: {c.muted}; }}
QLabel[look="small"] {{ font-size: {px(12)}; }}
QLabel[look="small-muted"] {{ font-size: {px(12)}; color: {c.muted}; }}
QLabel[look="small-strong"] {{ font-size: {px(12)}; font-weight: 600; }}
QLabel[look="small-heading"] {{ font-size: {px(12)}; font-weight: 600; color: {c.muted}; }}
QLabel[look="accent"] {{ font-weight: 600; color: {c.accent}; }}
QLabel[look="fault"] {{ font-size: {px(12)}; color: {c.bad}; }}
QLabel[look="mono"] {{ font-family: "DejaVu Sans Mono", "Menlo", "Consolas", monospace; font-size: {px(12)}; }}
QLabel[look="code"] {{
    font-family: "DejaVu Sans Mono", "Menlo", "Consolas", monospace; font-size: {px(15)}; font-weight: 600;
}}

QPushButton, QToolButton {{
    outline: 0;
    background: {c.card}; color: {c.text}; border: 1px solid {c.line}; border-radius: {px(8)};
    padding: {padded(0, 12)}; min-height: {px(30)}; font-weight: 600;
}}
QPushButton:hover, QToolButton:hover {{ background: {c.hover}; }}
QPushButton:focus, QToolButton:focus {{
    border: 2px solid {c.accent}; padding: {padded(0, 11)}; min-height: {px(28)};
}}
QPushButton:disabled, QToolButton:disabled {{ color: {c.muted}; }}
QPushButton[look="primary"] {{ background: {c.accent}; border-color: {c.accent}; color: {c.on_accent}; }}
QPushButton[look="primary"]:hover {{ background: {c.accent_hover}; }}
QPushButton[look="primary"]:focus {{ border-color: {c.text}; }}
QPushButton[look="primary"]:disabled {{ background: {c.line}; border-color: {c.line}; color: {c.muted}; }}
QPushButton[look="danger"] {{ color: {c.bad}; }}
QPushButton[look="danger"]:disabled {{ color: {c.muted}; }}
QPushButton[large="true"] {{ min-height: {px(38)}; }}
QPushButton[large="true"]:focus {{ min-height: {px(36)}; }}
QPushButton[small="true"] {{ min-height: {px(26)}; padding: {padded(0, 8)}; }}
QPushButton[small="true"]:focus {{ min-height: {px(24)}; padding: {padded(0, 7)}; }}
QPushButton[look="link"] {{
    background: transparent; border: 2px solid transparent; color: {c.accent}; padding: {padded(0, 4)};
    min-height: {px(24)};
}}
QPushButton[look="link"]:disabled {{ color: {c.muted}; }}
QPushButton[look="link"]:hover {{ color: {c.accent_hover}; }}
QPushButton[look="link"]:focus {{ border-color: {c.accent}; }}
QPushButton[look="inside"] {{ background: transparent; border: 0; padding: 0; min-height: 0; }}
QPushButton[look="filter"] {{
    border-color: {c.field_line}; font-weight: 400; text-align: left; padding: {padded(0, 8)};
}}
QPushButton[look="filter"]:focus {{ border-color: {c.accent}; padding: {padded(0, 7)}; }}
QPushButton[look="nav"] {{
    background: transparent; border: 0; text-align: left; color: {c.muted}; font-weight: 500;
    padding: {padded(0, 12)}; min-height: {px(36)};
}}
QPushButton[look="nav"][folded="true"], QPushButton[look="nav"][folded="true"]:focus {{
    padding: 0; text-align: center;
}}
QPushButton[look="nav"]:hover {{ background: {c.hover}; }}
QPushButton[look="nav"]:checked {{ background: {c.tint}; color: {c.accent}; font-weight: 600; }}
QPushButton[look="nav"]:focus {{ border: 2px solid {c.accent}; padding: {padded(0, 10)}; min-height: {px(32)}; }}
QPushButton[look="find"] {{ border-color: {c.field_line}; padding: 0; }}
QPushButton[look="find"]:focus {{ border-color: {c.accent}; padding: 0; }}
QFrame[look="keys"] {{ background: transparent; border: 1px solid {c.line}; border-radius: {px(4)}; }}
QListWidget {{ background: transparent; border: 0; outline: 0; color: {c.text}; }}
QListWidget[look="field"] {{ background: {c.card}; border: 1px solid {c.field_line}; border-radius: {px(8)}; }}
QListWidget[look="field"]:focus {{ border: 2px solid {c.accent}; }}
QListWidget::item {{
    min-height: {px(32)}; padding: {padded(0, 8)}; border-radius: {px(8)}; border: 2px solid transparent;
}}
QListWidget::item:hover {{ background: {c.hover}; }}
QListWidget::item:selected {{ background: {c.tint}; color: {c.text}; }}
QListWidget::item:selected:focus {{ border-color: {c.accent}; }}
QPushButton[look="row"] {{
    background: transparent; border: 0; border-top: 1px solid {c.line}; border-radius: 0; text-align: left;
    padding: {padded(0, 32)}; min-height: {px(54)};
}}
QPushButton[look="row"]:hover {{ background: {c.hover}; }}
QPushButton[look="row"]:focus {{ border: 2px solid {c.accent}; min-height: {px(50)}; }}
QPushButton[look="account"] {{ background: transparent; border: 0; border-radius: {px(8)}; padding: 0; }}
QPushButton[look="account"]:hover {{ background: {c.hover}; }}
QPushButton[look="account"]:focus {{ border: 2px solid {c.accent}; }}
QPushButton[look="tab"] {{
    background: transparent; border: 0; border-bottom: 2px solid transparent; border-radius: 0; color: {c.muted};
    padding: {padded(0, 4)}; min-height: {px(34)}; font-weight: 500;
}}
QPushButton[look="tab"]:checked {{ color: {c.text}; border-bottom-color: {c.accent}; font-weight: 600; }}
QPushButton[look="tab"]:focus {{ color: {c.accent}; }}
QPushButton::menu-indicator, QToolButton::menu-indicator {{ image: none; width: 0; }}

QLineEdit, QComboBox, QPlainTextEdit {{
    background: {c.card}; color: {c.text}; border: 1px solid {c.field_line}; border-radius: {px(8)};
    padding: {padded(0, 11)}; min-height: {px(30)}; selection-background-color: {c.accent};
    selection-color: {c.on_accent};
}}
QPlainTextEdit {{ padding: {padded(6, 8)}; }}
QLineEdit:focus, QComboBox:focus, QPlainTextEdit:focus {{
    border: 2px solid {c.accent}; padding: {padded(0, 10)}; min-height: {px(28)};
}}
QPlainTextEdit:focus {{ padding: {padded(5, 7)}; }}
QLineEdit:disabled, QComboBox:disabled {{ color: {c.muted}; background: {c.background}; }}
QLineEdit[fault="true"] {{ border-color: {c.bad}; }}
QLineEdit[look="digits"], QLineEdit[look="digits"]:focus {{ background: transparent; border: 0; padding: 0; }}
QComboBox::drop-down {{ border: 0; width: {px(24)}; subcontrol-origin: padding; subcontrol-position: center right; }}
QComboBox::down-arrow {{ image: url({pictures["down"]}); width: {px(16)}; height: {px(16)}; }}
QComboBox QAbstractItemView {{
    background: {c.card}; color: {c.text}; border: 1px solid {c.field_line}; padding: {px(4)}; outline: 0;
    selection-background-color: {c.tint}; selection-color: {c.text};
}}
QComboBox QAbstractItemView::item {{ min-height: {px(28)}; padding: {padded(0, 8)}; }}

QCheckBox {{ spacing: {px(12)}; font-size: {px(14)}; font-weight: 600; background: transparent; color: {c.text}; }}
QCheckBox[look="plain"] {{ spacing: {px(8)}; font-size: {px(13)}; font-weight: 400; }}
QCheckBox::indicator, QListWidget::indicator {{
    width: {px(14)}; height: {px(14)}; border: 1px solid {c.field_line}; border-radius: {px(4)};
    background: {c.card};
}}
QCheckBox::indicator:checked, QListWidget::indicator:checked {{
    background: {c.accent}; border-color: {c.accent}; image: url({pictures["tick"]});
}}
QCheckBox::indicator:checked:disabled {{
    background: {c.line}; border-color: {c.field_line}; image: url({pictures["tick_off"]});
}}
QCheckBox::indicator:focus {{ border: 2px solid {c.accent}; width: {less(14)}; height: {less(14)}; }}
QCheckBox::indicator:checked:focus {{ border-color: {c.text}; }}
QCheckBox:disabled {{ color: {c.muted}; }}

QRadioButton {{ spacing: {px(12)}; background: transparent; color: {c.text}; font-weight: 500; }}
QRadioButton[look="strong"] {{ font-size: {px(14)}; font-weight: 600; }}
QRadioButton::indicator {{ width: {px(16)}; height: {px(16)}; image: url({pictures["radio"]}); }}
QRadioButton::indicator:focus {{ image: url({pictures["radio_focus"]}); }}
QRadioButton::indicator:checked {{ image: url({pictures["radio_chosen"]}); }}
QRadioButton::indicator:checked:focus {{ image: url({pictures["radio_chosen_focus"]}); }}
QRadioButton:disabled {{ color: {c.muted}; }}

QTableView {{
    background: transparent; border: 0; gridline-color: transparent; color: {c.text}; outline: 0;
    selection-background-color: {c.tint}; selection-color: {c.text};
}}
QAbstractScrollArea::corner {{ background: transparent; border: 0; }}
QHeaderView {{ background: transparent; border: 0; }}
QHeaderView::section {{
    background: transparent; color: {c.muted}; border: 0; border-bottom: 1px solid {c.line};
    font-size: {px(12)}; font-weight: 600; padding: {padded(0, 12)}; min-height: {px(35)};
}}
QHeaderView::down-arrow {{
    image: url({pictures["down"]}); width: {px(16)}; height: {px(16)}; subcontrol-position: center right;
}}
QHeaderView::up-arrow {{
    image: url({pictures["up"]}); width: {px(16)}; height: {px(16)}; subcontrol-position: center right;
}}
QHeaderView::section:first {{ padding-left: {px(16)}; }}
QHeaderView::section:hover {{ color: {c.text}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; border: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; border: 0; }}
QScrollBar::handle {{ background: {c.scroll}; border-radius: 3px; min-height: {px(24)}; min-width: {px(24)}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

QMenu {{ background: {c.card}; color: {c.text}; border: 1px solid {c.field_line}; padding: {px(4)}; }}
QMenu::item {{ padding: {padded(6, 12)}; border-radius: {px(4)}; min-width: {px(140)}; }}
QMenu::item:selected {{ background: {c.tint}; }}
QMenu::item:disabled {{ color: {c.muted}; }}
QMenu::indicator {{ width: {px(16)}; height: {px(16)}; left: {px(4)}; }}
QMenu::indicator:checked {{ image: url({pictures["chosen"]}); }}
QMenu::right-arrow {{ image: url({pictures["right"]}); width: {px(16)}; height: {px(16)}; right: {px(4)}; }}
QMenu::separator {{ height: 1px; background: {c.line}; margin: {padded(4, 0)}; }}
QToolTip {{ background: {c.text}; color: {c.background}; border: 0; padding: {padded(4, 8)}; font-size: {px(12)}; }}
QCalendarWidget QWidget {{ background: {c.card}; color: {c.text}; alternate-background-color: {c.background}; }}
QCalendarWidget QToolButton {{ border: 0; padding: {padded(0, 8)}; }}
QCalendarWidget QToolButton#qt_calendar_prevmonth {{ qproperty-icon: url({pictures["left"]}); }}
QCalendarWidget QToolButton#qt_calendar_nextmonth {{ qproperty-icon: url({pictures["right"]}); }}
QCalendarWidget QToolButton {{ qproperty-iconSize: {px(16)} {px(16)}; }}
QCalendarWidget QAbstractItemView {{
    selection-background-color: {c.accent}; selection-color: {c.on_accent}; outline: 0;
}}
QCalendarWidget QAbstractItemView:disabled {{ color: {c.muted}; }}
"""
