// The plugin's pages in Grafana: the query editor and the settings. Grafana loads this file as it
// is and gives it its own packages, so it is written without a build step (and without JSX).
define(['@grafana/data', '@grafana/runtime', '@grafana/ui', 'react'], function (data, runtime, ui, React) {
  'use strict';

  const element = React.createElement;
  const TYPES = [
    { label: 'Time series', value: 'timeserie' },
    { label: 'Table', value: 'table' },
  ];

  const VARIABLE = /^(\$\w+|\$\{[^}]+\}|\[\[[^\]]+\]\])$/;

  class DataSource extends runtime.DataSourceWithBackend {
    constructor(settings) {
      super(settings);
      this.annotations = {}; // the frames' columns time, timeEnd, title, text and tags are enough
    }

    getDefaultQuery() {
      return { target: '', type: 'timeserie' };
    }

    filterQuery(query) {
      return !query.hide && Boolean(query.target || query.payload);
    }

    applyTemplateVariables(query, scopedVars, filters) {
      const templates = runtime.getTemplateSrv();
      const replace = (text, format) => templates.replace(text, scopedVars, format);
      const annotation = (scopedVars || {}).__annotation;
      // Grafana before 11 gives no filters here, and later ones have no getAdhocFilters.
      const known = () => (templates.getAdhocFilters ? templates.getAdhocFilters(this.name) : []);
      return {
        ...query,
        target: replace(query.target, 'regex'), // as the classic plugin and its successor do
        payload: filledIn(parsed(query.payload) || query.payload, replace),
        adhocFilters: filters || known(),
        ...(annotation ? { scopedVars: { __annotation: annotation } } : {}),
      };
    }

    // The successor's APIs answer /variable; the classic ones know /search only.
    async metricFindQuery(query, options) {
      const replace = (text, format) => runtime.getTemplateSrv().replace(text, (options || {}).scopedVars, format);
      const target = replace(query, 'regex');
      const payload = parsed(query) ? filledIn(parsed(query), replace) : { target };
      const found = await this.postResource('variable', { payload, range: (options || {}).range }).catch(() =>
        this.postResource('search', { target })
      );
      return found.map(choice);
    }

    getTagKeys(options) {
      return this.postResource('tag-keys', { filters: (options || {}).filters || [] });
    }

    getTagValues(options) {
      return this.postResource('tag-values', { key: options.key, filters: options.filters || [] });
    }

    async targets() {
      return (await this.postResource('search', { target: '' })).map(choice);
    }
  }

  // An answer of /search or /variable: "a", {text, value} or {__text, __value}.
  function choice(found) {
    if (found === null || typeof found !== 'object') {
      return { text: String(found), value: found };
    }
    const text = found.__text ?? found.text ?? found.label;
    return { text: String(text), value: found.__value ?? found.value ?? text };
  }

  // A payload with its variables: one that is all of a text is its value, or an array of values;
  // within a text it is a regular expression, as in targets.
  function filledIn(payload, replace) {
    if (typeof payload === 'string') {
      return VARIABLE.test(payload) ? value(replace(payload, 'json')) : replace(payload, 'regex');
    }
    if (Array.isArray(payload)) {
      return payload.flatMap((each) => filledIn(each, replace));
    }
    if (payload !== null && typeof payload === 'object') {
      return Object.fromEntries(Object.entries(payload).map(([name, each]) => [name, filledIn(each, replace)]));
    }
    return payload;
  }

  function value(json) {
    try {
      return JSON.parse(json);
    } catch {
      return json; // "All" with a value of its own, or a format that stands in the variable
    }
  }

  // The JSON object that text is, or null.
  function parsed(text) {
    try {
      const value = JSON.parse(text);
      return value !== null && typeof value === 'object' ? value : null;
    } catch {
      return null;
    }
  }

  function QueryEditor({ datasource, query, onChange, onRunQuery }) {
    const [targets, setTargets] = React.useState([]);
    const payload = typeof query.payload === 'string' ? query.payload : JSON.stringify(query.payload ?? '');
    const [text, setText] = React.useState(query.payload === undefined ? '' : payload);
    const list = 'grafherald-targets-' + query.refId;
    const wrong = text.trim() !== '' && parsed(text) === null;

    React.useEffect(() => {
      let shown = true;
      datasource.targets().then(
        (found) => shown && setTargets(found),
        () => {} // no list is no error: a target can be typed
      );
      return () => {
        shown = false;
      };
    }, [datasource]);

    const leave = (change) => {
      onChange({ ...query, ...change });
      onRunQuery();
    };
    return element(
      React.Fragment,
      null,
      row(
        'Target',
        element(ui.Input, {
          'aria-label': 'Target',
          list,
          width: 40,
          defaultValue: query.target,
          placeholder: 'what the API is asked for',
          onBlur: (event) => leave({ target: event.currentTarget.value }),
        }),
        element(
          'datalist',
          { id: list },
          targets.map((found) => element('option', { key: String(found.value), value: String(found.value) }, found.text))
        )
      ),
      row(
        'Type',
        element(ui.RadioButtonGroup, {
          options: TYPES,
          value: query.type || 'timeserie',
          onChange: (type) => leave({ type }),
        })
      ),
      element(
        ui.InlineField,
        { label: 'Payload', labelWidth: 12, grow: true, invalid: wrong, error: 'This is no JSON object' },
        element(ui.TextArea, {
          'aria-label': 'Payload',
          rows: 2,
          value: text,
          placeholder: '{"more": "for the API, as JSON"}',
          onChange: (event) => setText(event.currentTarget.value),
          onBlur: () => wrong || leave({ payload: text.trim() || undefined }),
        })
      )
    );
  }

  function ConfigEditor({ options, onOptionsChange }) {
    const setJson = (change) => onOptionsChange({ ...options, jsonData: { ...options.jsonData, ...change } });
    const number = (name) => ({
      'aria-label': name,
      type: 'number',
      min: 1,
      width: 20,
      defaultValue: options.jsonData[name],
      onBlur: (event) => setJson({ [name]: Number(event.currentTarget.value) || undefined }),
    });
    return element(
      React.Fragment,
      null,
      element(ui.DataSourceHttpSettings, {
        defaultUrl: 'http://localhost:3080/datasource',
        dataSourceConfig: options,
        onChange: onOptionsChange,
        showAccessOptions: false,
      }),
      element('h3', { className: 'page-heading' }, 'JSON API'),
      row('Bearer token', element(Secret, { name: 'bearerToken', options, onOptionsChange })),
      row('Timeout', element(ui.Input, { ...number('timeout'), placeholder: '30', suffix: 's' })),
      row('Largest answer', element(ui.Input, { ...number('maxMegabytes'), placeholder: '16', suffix: 'MB' }))
    );
  }

  // A value that Grafana keeps encrypted: it can be set anew or reset, never read.
  function Secret({ name, options, onOptionsChange }) {
    const kept = Boolean((options.secureJsonFields || {})[name]);
    const change = (value, isKept) =>
      onOptionsChange({
        ...options,
        secureJsonFields: { ...options.secureJsonFields, [name]: isKept },
        secureJsonData: { ...options.secureJsonData, [name]: value },
      });
    if (kept) {
      return element(ui.Button, { variant: 'secondary', onClick: () => change('', false) }, 'Configured: reset');
    }
    return element(ui.Input, {
      'aria-label': name,
      type: 'password',
      autoComplete: 'new-password',
      width: 40,
      onBlur: (event) => event.currentTarget.value && change(event.currentTarget.value, false),
    });
  }

  function row(label, ...children) {
    return element(ui.InlineField, { label, labelWidth: 16 }, element('div', null, ...children));
  }

  const plugin = new data.DataSourcePlugin(DataSource).setConfigEditor(ConfigEditor).setQueryEditor(QueryEditor);
  return { plugin, DataSource };
});
