import { render } from 'preact';
import { App } from './app.tsx';
import { openStream } from './live.ts';
import { followLinks, hrefTo, navigate, place } from './route.ts';
import { applyTheme } from './theme.ts';
import 'virtual:chart.css';
import './styles/base.css';
import './styles/list.css';
import './styles/saga.css';
import './styles/screens.css';

applyTheme();
followLinks();
if (place.value.path.length === 0) navigate(hrefTo(['sagas']), { replace: true });
openStream();
const page = document.getElementById('page');
if (page !== null) render(<App />, page);
