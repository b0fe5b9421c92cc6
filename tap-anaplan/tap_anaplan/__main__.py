"""`python -m tap_anaplan`, where the command is not installed."""

from tap_anaplan.tap import TapAnaplan

if __name__ == "__main__":
    TapAnaplan.cli()
