# SPDX-License-Identifier: Apache-2.0
# What is renamed in the page as it is served: names that only the page knows, which are no member
# of an answer and none of the language or the browser, those first that are written most often;
# and some of the browser, which are declared anew.
set(browser_names Math Number String Object BigInt document JSON Infinity URLSearchParams localStorage Date)
set(names
  grid label screen panel end durationOf list marks step children top old countOf row link plot
  share load node found child ask minus time table spark begin side color last reload range place
  paused before view routes dots dim button again choices fmt chosen props total serviceOf digits3
  low stream clock chart line select bound empty out rate begun HEIGHT note sql Long pad svg stack
  timer response gridOf held mark alarm fullTime header over none search plus most figures
  traceLink what visible percent heading ratio percentile draw box show taken depth wanted cell
  pickService ENTRY ranged since fresh filterBox area closed routesOf number bad moment rowLimit
  crumbs part NAV SCREENS ofService pathOf query trend addTrends act when sample seconds day names
  WIDTH connected KEPT shareOf rank alter listen build sorted pick SUMS TAGS lines keyed counted
  valueText errorTable filtersOf ROWS base figuresOf LIMIT folded saved asked took traceTable
  quote leader PIECE_S high news logsOf routeTable byId date inGrid THEMES tiles WINDOWS look
  roots zone power seen FIGURES patch badge moved schedule logRows alertCards warned alerted
  pickSide loadOverview walk poll linked early classes pause goesOn brief tags frame typed spread
  REST patchChildren quantile typing ROUTES_STEPS FILTERS params known setRange named until
  address POLL_MS tries setTitle serviceTable dotsOf help order shown drawingOf kindOf came form
  CALL LOG_FILTERS extent routeRows UNSEEN times calm askNames stale criticalOf rehover here looks
  quantileOf STEPS NEWS_MS given SAMPLE second alertCard readTheme ticks STATES grows rest drawing
  hover DEPTH_SHOWN serviceScreen stepsOf path STEPS_S timeLabels pointer logTicks RANGE exact
  NEWEST sides visibleRows sumOf sampleOf RECENT ATTRIBUTE_MAX alike bucketsOf pair SIGNALS field
  nameOf scatter groups MOST_LINES said setTheme treeOf LEVELS NAMES_LOOKS ROUTES done trends
  inside silence KEYS sidesOf leave levelOf filled patchAttributes ratherBad tickTime quantity
  waterfall)
