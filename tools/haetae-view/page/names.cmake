# SPDX-License-Identifier: Apache-2.0
# What is renamed in the page as it is served: names that only the page knows, which are no member
# of an answer and none of the language or the browser, those first that are written most often;
# and some of the browser, which are declared anew.
set(browser_names Math Number String Object BigInt document JSON Infinity URLSearchParams localStorage Date)
set(names
  children button
  grid label screen panel end old list durationOf marks step top countOf row link found minus time
  share plot load node child table begin spark side color reload place routes range view before
  ask dim dots last response paused choices again fmt chosen total props serviceOf low digits3 note clock chart
  HEIGHT out sql begun select bound empty rate svg held Long pad stack ends gridOf mark plus none
  figures search most over names fullTime since area stored closed percentile percent fresh alarm
  box bad crumbs depth line rowLimit moment part ranged filterBox visible taken cell number
  pickService timer ratio heading traceLink show ENTRY routesOf what WIDTH ofService SCREENS
  pathOf trend seconds addTrends header query when sample thread NAV day draw act errorTable
  THEMES KEPT base ROWS high LIMIT tiles inside leader news valueText counted SUMS sorted shareOf
  connected store folded PIECE_S inGrid shown byId took date figuresOf asked routeTable keyed TAGS
  lines traceTable pick logsOf rank threads build quote classes tags early moved power params
  frame form looks seen typing patch patchChildren logRows loadOverview REST pickSide walk FILTERS
  look dotsOf roots drawingOf LOG_FILTERS filters pause until ROUTES_STEPS warned order quantile
  named goesOn setRange tries extent serviceTable CALL schedule setTitle alertCards zone help
  linked known brief WINDOWS FIGURES spread badge typed kindOf here KEYS setTheme ticks readTheme
  sidesOf routeRows trends ATTRIBUTE_MAX criticalOf treeOf pair NAMES_LOOKS starts alter LOOK_MS
  bucketsOf LEVELS quantileOf visibleRows SAMPLE ALERT_LOOKS exact sumOf perfettoOf timeLabels
  MOST_LINES tickTime timelineOf waterfall second done quantity POLL_MS DEPTH_SHOWN STATES filled
  said serviceScreen sampleOf rehover NEWS_MS calm alertCard groups drawing field given ratherBad
  path NEWEST sides alike nameOf grows STEPS logTicks levelOf leave patchAttributes silence
  scatter UNSEEN ROUTES times stepsOf STEPS_S rest words stale RANGE hover askNames RECENT pointer
 )
