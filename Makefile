# What a person types. The work is done by the small scripts in scripts/.
.PHONY: help run build test lint bench screenshots fmt clean-data

help:
	@echo "make run          install what is missing, build, start the demo on http://127.0.0.1:8080"
	@echo "make test         every test: Rust on SQLite and PostgreSQL, web, command line, browser"
	@echo "make bench        speed and memory, beside FreeRADIUS + MariaDB, as ratios (release build)"
	@echo "make build        the release program: target/release/sambung"
	@echo "make lint         formatting, clippy, types and style of the web app"
	@echo "make fmt          format everything"
	@echo "make screenshots  pictures of the demo's pages into screenshots/"
	@echo "make clean-data   forget the demo's data"

run:
	@scripts/run.sh

build:
	@scripts/build.sh

test:
	@scripts/test.sh

lint:
	@scripts/lint.sh

fmt:
	@scripts/fmt.sh

bench:
	@scripts/bench.sh

screenshots:
	@scripts/screenshots.sh

clean-data:
	@rm -rf data
