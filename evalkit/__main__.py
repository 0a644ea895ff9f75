"""`python -m evalkit`."""

from evalkit.app.cli.main import main

if __name__ == "__main__":
    main()
